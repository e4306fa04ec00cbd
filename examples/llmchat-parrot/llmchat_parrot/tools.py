"""Functions that a model may call; each call runs in a process of its own."""


def repeat(text: str, times: int = 2) -> str:
    """Repeat a text.

    Args:
        text: what is repeated
        times: how often
    """
    return " ".join([text] * times)
