"""Exports conversations to a file, written atomically."""

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
    ".json": "json",
    ".jsonl": "jsonl",
    ".html": "html",
    ".htm": "html",
}


def choose_form(form: str | None, output: str | None) -> Form:
    """What was asked for, else what the name of the file says, else Markdown."""
    if form is None:
        return SUFFIXES.get(Path(output).suffix.lower(), "markdown") if output else "markdown"
    for known in FORMS:
        if form.lower() == known or SUFFIXES.get(f".{form.lower()}") == known:
            return known
    raise UsageError(
        msg("unknown format {form!r}", form=form),
        hint=msg("use one of: {forms}", forms=", ".join(FORMS)),
    )


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
