"""Exports conversations to files, written atomically."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from llmchat.errors import OutputError, UsageError
from llmchat.language import msg
from llmchat.store.atomic import write_plain
from llmchat.store.history.history import History
from llmchat.store.history.rows import ConversationRow
from llmchat.store.transfer.export import FORMS, Form, export

SUFFIXES: dict[str, Form] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".json": "json",
    ".jsonl": "jsonl",
    ".html": "html",
    ".htm": "html",
}


def choose_form(form: str | None, output: str | None) -> Form:
    """The requested format, else the one that the file name implies, else Markdown."""
    if form is None:
        return _form_of(output) if output else "markdown"
    for known in FORMS:
        if form.lower() == known or SUFFIXES.get(f".{form.lower()}") == known:
            return known
    raise UsageError(
        msg("unknown format {form!r}", form=form),
        hint=msg("use one of: {forms}", forms=", ".join(FORMS)),
    )


def _form_of(output: str) -> Form:
    """The format that a file name implies; raises an error for one like `.pdf`."""
    suffix = Path(output).suffix.lower()
    # Without a suffix, or with the end of a date or version.
    if not suffix or suffix[1:].isdecimal():
        return "markdown"
    if suffix not in SUFFIXES:
        raise UsageError(
            msg("a conversation cannot be exported as {suffix}", suffix=suffix),
            hint=msg("use a name that ends with .md, .txt, .html, .json or .jsonl"),
        )
    return SUFFIXES[suffix]


def write_export(
    history: History, rows: Iterable[ConversationRow], path: Path, *, form: Form
) -> None:
    try:
        write_plain(path, export(history, rows, form=form))
    except OSError as error:
        raise OutputError(
            msg("cannot write {path}: {strerror}", path=path, strerror=error.strerror),
            hint=msg("choose another file with -O"),
        ) from error
