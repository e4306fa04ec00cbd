"""`llmchat models local`: the model files on this machine, and which of them are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmchat.cli.output import print_json, print_rows
from llmchat.errors import UsageError
from llmchat.language import figure, joined, msg
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmchat.app.local import LocalModel
    from llmchat.app.run.context import Context

COLUMNS = (
    Column("model", "name"),
    Column("size", "number"),
    Column("quantisation"),
    Column("context", "number"),
    Column("needs", "number"),
    Column(""),
)


def show(context: Context, provider: str, *, stop: bool, json: bool) -> int:
    from llmchat.app import local
    from llmchat.app.models import keep
    from llmchat.providers.base import Model

    if stop:
        if provider not in ("", local.NAME):
            raise UsageError(
                msg("--stop is for local models"), hint=msg("llmchat models local --stop")
            )
        _stop(context, json=json)
        return 0
    rows = local.list_local(context)
    # Kept for completion.
    keep(context, local.NAME, [Model(row.name, row.context or None) for row in rows])
    if rows or json:
        print_rows(context, rows, lambda: table(rows), json=json)
    if not json:
        context.print(joined("\n", [*[""] * bool(rows), _footer(context, rows)]))
    return 0


def _stop(context: Context, *, json: bool) -> None:
    from llmchat.app import local

    ended = local.stop(context)
    if json:
        print_json(context, ended)
    else:
        context.report.notice(
            msg("stopped: {ended}", ended=", ".join(ended)) if ended else msg("no model is loaded")
        )


def table(rows: Sequence[LocalModel]) -> Table:
    return Table(COLUMNS, [_cells(row) for row in rows])


def _cells(row: LocalModel) -> list[str]:
    from llmchat.providers.local.hardware import shown

    name = f"{row.name}{' *' if row.default else ''}"
    if row.problem:
        return [name, "", "", "", "", row.problem]
    sizes = (shown(row.size), row.quantisation, figure(row.context), shown(row.needed))
    return [name, *sizes, joined(", ", _remarks(row))]


def _remarks(row: LocalModel) -> list[str]:
    """Notes about a model that are not numbers."""
    said = [row.place] if row.place else []
    said += [msg("running")] * row.running + [msg("sees pictures")] * row.pictures
    said += [msg("does not answer questions")] * (not row.answers)
    return said + [msg("will not fit into memory")] * (not row.fits)


def _footer(context: Context, rows: Sequence[LocalModel]) -> str:
    from llmchat.app import local
    from llmchat.providers.local.failures import EXTRA, SMALL_MODEL
    from llmchat.providers.local.hardware import shown
    from llmchat.providers.local.machine import is_installed

    machine = local.machine_of(context)
    lines = []
    if any(row.default for row in rows):
        lines.append(msg("* marks the default."))
    free = machine.memory().free
    if rows and free is not None:
        lines.append(msg("Memory free: {free}.", free=shown(free)))
    lines.append(msg("Put more GGUF files in {models}.", models=machine.models))
    if not rows:
        lines.append(msg("To try a small one: {small_model}", small_model=SMALL_MODEL))
    if not is_installed():
        lines.append(msg("To use them: {extra}", extra=EXTRA))
    return joined("\n", lines)
