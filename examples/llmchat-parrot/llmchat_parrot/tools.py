"""Functions that a model may call; each call runs in a separate process."""


def repeat(text: str, times: int = 2) -> str:
    """Repeat a text.

    Args:
        text: the text to repeat
        times: how often to repeat it
    """
    return " ".join([text] * times)
