"""The request to continue an answer, in the language of that answer.

Why: docs/decisions/0112-continuing-is-not-a-question.md.
"""

from __future__ import annotations

ENGLISH = "Continue exactly where you stopped."
RUSSIAN = "Продолжи ровно с того места, где остановился."
CHINESE = "请从停下的地方继续。"
FENCE = "```"
SHARE = 3  # a third of the letters decides: names and terms are in Latin letters in any language


def request_to_continue(answer: str, question: str = "") -> str:
    """The request, in the script of the answer's prose; without prose, in that of the question."""
    for text in (_prose(answer), question):
        letters = [c for c in text if c.isalpha()]
        if letters:
            return _in_script_of(letters)
    return ENGLISH


def _prose(text: str) -> str:
    return "".join(text.split(FENCE)[::2])


def _in_script_of(letters: list[str]) -> str:
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in letters)
    han = sum("\u4e00" <= c <= "\u9fff" for c in letters)
    kana = any("\u3040" <= c <= "\u30ff" for c in letters)
    if cyrillic * SHARE >= len(letters):
        return RUSSIAN
    return CHINESE if han * SHARE >= len(letters) and not kana else ENGLISH
