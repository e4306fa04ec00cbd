"""Recognises a mistyped command: with a dot, in the other keyboard layout, or misspelt."""

from __future__ import annotations

from collections.abc import Collection

from llmchat.errors import UsageError
from llmchat.language import any_of, msg
from llmchat.language.nearest import nearest

LEAVING = frozenset({"exit", "quit", ":q", ":q!", ":wq", ":x"})  # commands typed without a slash
# The keys of the Russian layout, and the same keys in the English one.
LATIN = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
ENGLISH_SLASH = "."  # typed by the slash key in the Russian layout
MOST = 3


def other_layout(word: str) -> str:
    """What the same keys type in the English layout."""
    return word.lower().translate(LATIN)


def nearest_commands(name: str, known: Collection[str]) -> list[str]:
    """The commands that start with this name, else the closest ones, in either layout."""
    typed = name.lower()
    for word in dict.fromkeys((typed, other_layout(typed))):
        longer = [other for other in known if word and other.startswith(word)]
        if found := longer[:MOST] or nearest(word, known):
            return found
    return []


def unknown(name: str, near: list[str]) -> UsageError:
    did_you = (
        msg("did you mean {near}? ", near=any_of(["/" + n for n in near]))
        if near
        else msg("/help lists the commands; ")
    )
    return UsageError(
        msg("there is no command /{name}; nothing was sent", name=name),
        hint=msg(
            "{did_you}to send the line anyway, add a slash: //{name}", did_you=did_you, name=name
        ),
    )


def without_help(name: str, near: list[str]) -> UsageError:
    """The error for a command without help, where no line can be sent instead."""
    hint = msg("/help lists the commands")
    if near:
        hint = msg("did you mean {meant}?", meant=any_of(["/" + n for n in near]))
    return UsageError(msg("there is no command /{name}", name=name), hint=hint)


def mistyped(line: str, known: Collection[str]) -> UsageError | None:
    """The error for a line that was probably meant as a command; None for a question. A leading
    space means that the line is a question."""
    word = line.split(maxsplit=1)[0] if line[:1].strip() else ""
    alone = word == line.strip()
    meant = _with_dot(word, known, alone=alone) or (_leaving(word) if alone else "")
    if not meant:
        return None
    return UsageError(
        msg("{word} is not a command; nothing was sent", word=word),
        hint=msg(
            "did you mean {meant}? to send the line anyway, begin it with a space", meant=meant
        ),
    )


def _with_dot(word: str, known: Collection[str], *, alone: bool) -> str:
    """The command meant by `.help`, as in other programs, or `.рудз`; "" if none. In a longer line
    only an exact name counts."""
    name = word[1:].lower()
    if not (word.startswith(ENGLISH_SLASH) and name.isalpha() and len(name) > 1):
        return ""
    for spelt in (name, other_layout(name)):
        if spelt in known:
            return f"/{spelt}"
    found = nearest_commands(name, known) if alone else []
    return f"/{found[0]}" if found else ""


def _leaving(word: str) -> str:
    meant = other_layout(word.replace("Ж", ":"))
    return meant if meant != word.lower() and meant in LEAVING else ""
