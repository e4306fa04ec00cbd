"""Estimates tokens by a rule of thumb, and refuses prompts larger than the model's window.

A token is about four characters of English, two and a half of Russian (and of every other script
that takes two bytes in UTF-8), 1.7 of Chinese and Japanese, half an emoji. Real counts differ by a
quarter either way, so only what exceeds a window by more than that is refused.

Why: docs/decisions/0045-tokens-by-a-rule-of-thumb.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from llmchat.errors import TooLong
from llmchat.language import msg, msg_n

ASCII, TWO_BYTE, THREE_BYTE, FOUR_BYTE = 4.0, 2.5, 1.7, 0.5  # characters per token
DOUBT = 1.25

# Context windows by the beginning of a model's name; the longest match counts.
WINDOWS = {
    "GigaChat": 128_000,
    "glm-4": 128_000,
    "glm-4.6": 200_000,
    "glm-4.7": 200_000,
    "glm-5": 200_000,
    "gpt-3.5": 16_385,
    "gpt-4-": 128_000,
    "gpt-4o": 128_000,
    "gpt-4.1": 1_047_576,
    "gpt-5": 400_000,
    "o1": 200_000,
    "o3": 200_000,
    "o4": 200_000,
    "deepseek-chat": 128_000,
    "deepseek-reasoner": 128_000,
}
UNITS = ((msg("GB"), 10**9), (msg("MB"), 10**6), (msg("kB"), 10**3))


def estimate_tokens(text: str) -> int:
    """Estimated from the sizes in three encodings: 30 ms for 10 million letters, where a loop took
    1.1 s."""
    if text.isascii():
        return ceil(len(text) / ASCII)
    one = len(text.encode("ascii", "ignore"))
    four = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    tail = len(text.encode("utf-8", "surrogatepass")) - one - 4 * four  # = 2 * two + 3 * three
    rest = len(text) - one - four  # = two + three
    three = tail - 2 * rest
    two = rest - three
    return ceil(one / ASCII + two / TWO_BYTE + three / THREE_BYTE + four / FOUR_BYTE)


def window_of(model: str) -> int:
    """The model's context window in tokens, 0 if unknown."""
    name = model.rpartition("/")[2]
    fitting = [start for start in WINDOWS if name.startswith(start)]
    return WINDOWS[max(fitting, key=len)] if fitting else 0


def check_size(
    text: str, *, model: str, window: int = 0, large: int = 0, before: Sequence[str] = ()
) -> str:
    """A notice if the prompt is large (more than `large` tokens), else "".

    Raises TooLong if it exceeds the window (`window`, or the known one of the model), including
    what was said `before`, which is sent too.
    """
    tokens, earlier = estimate_tokens(text), sum(map(estimate_tokens, before))
    window = window or window_of(model)
    if window and tokens + earlier > window * DOUBT:
        raise _too_long(
            tokens,
            earlier,
            msg(
                "but {model} is limited to {window:,}",
                model=model or msg("the model"),
                window=window,
            ),
        )
    if large and tokens > large:
        return msg(
            "the prompt is large: about {tokens:,} tokens ({count:,} characters)",
            tokens=tokens,
            count=len(text),
        )
    if large and tokens + earlier > large:
        return msg(
            "the conversation is large: about {tokens:,} tokens are sent", tokens=tokens + earlier
        )
    return ""


def _too_long(tokens: int, earlier: int, held: str) -> TooLong:
    if earlier > tokens:
        return TooLong(
            msg(
                "the conversation is about {earlier:,} tokens and the question {tokens:,}, {held}",
                earlier=earlier,
                tokens=tokens,
                held=held,
            ),
            hint=msg("ask without -c, or use a model with a larger context window (-m)"),
        )
    along = msg(" plus {earlier:,} of the conversation", earlier=earlier) if earlier else ""
    return TooLong(
        msg(
            "the prompt is about {tokens:,} tokens{along}, {held}",
            tokens=tokens,
            along=along,
            held=held,
        ),
        hint=msg("shorten it, or use a model with a larger context window (-m)"),
    )


def _with_decimal(number: float, unit: str) -> str:
    """A number with a decimal if it is not zero: `1.5 MB`, and `2 MB`."""
    if f"{number:.1f}".endswith(".0"):
        return msg("{number:.0f} {unit}", number=number, unit=unit)
    return msg("{number:.1f} {unit}", number=number, unit=unit)


def shown_size(size: int) -> str:
    """A size in bytes, for people."""
    for unit, factor in UNITS:
        if size >= 10 * factor:
            return msg("{number:,} {unit}", number=size // factor, unit=unit)
        if size >= factor:
            return _with_decimal(size / factor, unit)
    return msg_n("{n} byte", "{n} bytes", size)
