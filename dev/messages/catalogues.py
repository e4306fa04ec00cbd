"""The .po files: updates them from the sources, checks them, and compiles them to .mo (with
Babel)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from dev.messages.extract import PACKAGE, Entry
from hatch_build import compile_catalogue

LOCALE = PACKAGE / "locale"
DOMAIN = "llmchat"
WIDTH = 100
PLURALS = {  # gettext's rules; the reader has the same in llmchat/language/catalogue.py
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || "
    "n%100>14) ? 1 : 2);",
    "zh_CN": "nplurals=1; plural=0;",
}


def languages() -> list[str]:
    return sorted(path.name for path in LOCALE.iterdir() if path.is_dir())


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def template(found: list[Entry]) -> Catalog:
    """A catalogue of the messages in the sources, without line numbers, which would change with
    every edit."""
    catalog = Catalog(project="llmchat", charset="utf-8", fuzzy=False)
    plurals = {entry.id: entry.plural for entry in found if entry.plural}
    for entry in found:
        plural = plurals.get(entry.id)
        message = (entry.id, plural) if plural else entry.id
        flags = ("python-brace-format",) if entry.filled else ()
        catalog.add(message, locations=[(entry.place.split(":")[0], 0)], flags=flags)
    for made in list(catalog):
        made.flags.discard("python-format")  # a `40 %` is not
    return catalog


def read(language: str) -> Catalog:
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, project="llmchat", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update(language: str, found: list[Entry]) -> Catalog:
    """Updates a catalogue: new messages have no translation yet, and unused ones are removed."""
    old, new = read(language), template(found)
    for message in new:
        kept = old.get(message.id[0] if isinstance(message.id, tuple) else message.id)
        if message.id and kept is not None and not kept.fuzzy:
            message.string = _fitting(message, kept)
    new.locale = language
    return new


def _fitting(message: Message, kept: Message) -> Any:
    """The translation that still fits; a message that became a plural, or is no longer one, must be
    translated again."""
    same = isinstance(message.id, tuple) == isinstance(kept.id, tuple)
    return kept.string if same else message.string


def write(language: str, catalog: Catalog) -> None:
    buffer = BytesIO()
    write_po(
        buffer, catalog, width=WIDTH, ignore_obsolete=True, omit_header=True, include_lineno=False
    )
    head = (
        f"# llmchat in {catalog.locale.english_name if catalog.locale else language}.\n"
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n'
        f'"Plural-Forms: {PLURALS[language]}\\n"\n\n'
    )
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_bytes(head.encode() + buffer.getvalue())


def compile_all() -> None:
    for language in languages():
        compile_catalogue(po_file(language))


def problems(language: str, found: list[Entry]) -> Iterator[str]:
    """What is missing or wrong in a catalogue."""
    catalog, wanted = read(language), template(found)
    if PLURALS[language] not in po_file(language).read_text("utf-8").replace('"\n"', ""):
        yield f"{language}: another rule for plurals"
    ids = {message.id for message in wanted if message.id}
    for message in catalog:
        if message.id and message.id not in ids:
            yield f"{language}: nobody says {message.id!r} any more"
    for entry in wanted:
        kept = catalog.get(entry.id[0] if isinstance(entry.id, tuple) else entry.id)
        if not entry.id:
            continue
        if kept is None or kept.id != entry.id or not _strings(kept.string):
            yield f"{language}: {entry.id!r} is not translated"
        elif kept.fuzzy:
            yield f"{language}: {entry.id!r} is fuzzy"
        else:
            yield from (f"{language}: {entry.id!r}: {what}" for what in _faults(entry, kept))


def _faults(entry: Message, kept: Message) -> Iterator[str]:
    """Differences between a translation and its English text, such as missing fields."""
    strings, ids = _strings(kept.string), _strings(entry.id)
    if len(ids) > 1 and len(strings) != len(kept.string or ()):
        yield "a form of the plural is missing"
    first = ids[-1]
    for string in strings:
        if "python-brace-format" in entry.flags and fields(string) != fields(first):
            yield f"other placeholders in {string!r}"
        if string.endswith("\n") != first.endswith("\n"):
            yield f"another line end in {string!r}"


def _strings(string: Any) -> list[str]:
    """The text, or the plural forms."""
    return [text for text in ((string,) if isinstance(string, str) else string or ()) if text]


def fields(text: str) -> set[str]:
    """The names in braces."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        return {str(error)}
