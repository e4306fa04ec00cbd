"""Messages for people as values: English text that remembers its template and values, and is
translated where it is shown.

Code, tests, JSON and the history use the English text; code that shows a text calls
`translated(text)`. For English no catalogue is opened.

Why: docs/decisions/0159-messages-are-values.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce

ENGLISH = "en"
PSEUDO = "pseudo"  # marks every message, so that text that is not one stands out


class Phrase(str):
    """English text with its template and values; `many` is the template for a plural."""

    __slots__ = ("many", "number", "template", "values")

    template: str
    many: str
    number: int
    values: Mapping[str, object]

    def __str__(self) -> str:
        """Returns itself, so that `str(error)` of an exception made from it is still a Phrase."""
        return self

    def changed(self, change: Callable[[str], str]) -> Phrase:
        """The message with each value replaced by `change`, such as masking or cleaning."""
        values = {name: altered(value, change) for name, value in self.values.items()}
        return _made(self.template, self.many, self.number, values)


def msg(template: str, /, **values: object) -> Phrase:
    """A message: `msg("no file {path}", path=path)`. Without values, braces are ordinary
    characters."""
    phrase = Phrase(template.format_map(values) if values else template)
    phrase.template, phrase.many, phrase.number, phrase.values = template, "", 0, values
    return phrase  # everything inline, because modules create their constants with it at import


def msg_n(one: str, many: str, n: int, /, **values: object) -> Phrase:
    """A message with a plural: `msg_n("{n} file", "{n} files", count)`."""
    return _made(one, many, n, {"n": n, **values})


def figure(n: int) -> Phrase:
    """A number formatted as in the person's language."""
    return msg("{n:,}", n=n)


def joined(separator: str, parts: Iterable[str]) -> Phrase:
    """Several messages joined; each is translated."""
    values = {f"part{place}": part for place, part in enumerate(parts)}
    template = "{between}".join([f"{{{name}}}" for name in values])
    return _made(template, "", 0, {**values, "between": SEPARATORS.get(separator, separator)})


# Separators that are different in Chinese.
SEPARATORS = {", ": msg(", "), "; ": msg("; ")}


def all_of(parts: Iterable[str]) -> str:
    """`a and b and c`."""
    return reduce(lambda first, next_: msg("{first} and {next}", first=first, next=next_), parts)


def any_of(parts: Iterable[str]) -> str:
    """`a or b or c`."""
    return reduce(lambda first, next_: msg("{first} or {next}", first=first, next=next_), parts)


def some(parts: Sequence[str], *, most: int) -> str:
    """`a, b, c and 4 more`."""
    shown, more = joined(", ", parts[:most]), len(parts) - most
    return msg("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown


def _made(one: str, many: str, number: int, values: Mapping[str, object]) -> Phrase:
    template = _form(one, many, number)
    phrase = Phrase(template.format_map(values) if values else template)
    phrase.template, phrase.many, phrase.number, phrase.values = one, many, number, values
    return phrase


def _form(one: str, many: str, number: int) -> str:
    """The English template for the number."""
    return many if many and number != 1 else one


def altered(value: object, change: Callable[[str], str]) -> object:
    """A value of a message after `change`, which is applied to texts, and to the texts of paths,
    addresses and errors."""
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    new = changed(text, change)
    return value if new == text else new


def changed(text: str, change: Callable[[str], str]) -> str:
    """`change(text)`; if it is enough to change a message's values, the result is still a
    message."""
    new = change(text)
    if new == text:
        return text
    again = text.changed(change) if isinstance(text, Phrase) else new
    return again if again == new else new


class _Speech:
    """The person's language, which is determined when a message is first shown."""

    choose: Callable[[], str] = staticmethod(lambda: ENGLISH)
    language: str = ENGLISH


def use(choose: Callable[[], str]) -> None:
    """Shows messages in the language that `choose` returns; it is called for the first message."""
    _Speech.choose = staticmethod(choose)
    _Speech.language = ""


def language() -> str:
    if not _Speech.language:
        _Speech.language = ENGLISH  # for errors of `choose` itself
        _Speech.language = _Speech.choose()
    return _Speech.language


def translated(text: str) -> str:
    """A message in the person's language; any other text unchanged."""
    if not isinstance(text, Phrase) or language() == ENGLISH:
        return text
    return _said(text, language())


def _said(phrase: Phrase, language: str) -> str:
    """The message in this language; in English if the catalogue does not have it."""
    from llmchat.language.catalogue import translation  # only for languages other than English

    if not phrase:  # the empty message is the catalogue's header
        return ""
    plain = _form(phrase.template, phrase.many, phrase.number)
    if language == PSEUDO:
        template = f"⟦{plain}⟧"
    else:
        template = translation(language, phrase.template, phrase.number) or plain
    values = {name: _said_value(value, language) for name, value in phrase.values.items()}
    return template.format_map(values) if values else template


def _said_value(value: object, language: str) -> object:
    from llmchat.language.catalogue import number_in
    from llmchat.language.system_errors import TEXTS

    if not isinstance(value, str | int | float):
        text = str(value)  # the text of an error or a budget may be a message
        value = text if isinstance(text, Phrase) else value
    if isinstance(value, Phrase):
        return _said(value, language)
    if value in TEXTS:
        return _said(msg(str(value)), language)
    return number_in(language, value) if isinstance(value, int | float) else value


def known(text: str) -> str:
    """The same for a text from a table in the code: help of a flag, a column heading."""
    return translated(msg(text)) if text else text
