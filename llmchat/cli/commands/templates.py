"""`llmchat templates`: list, show and edit prompt templates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument
from llmchat.cli.output import print_json, print_table
from llmchat.language import msg
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from llmchat.templates import Template

app = options.CommandGroup(
    "llmchat templates list",
    "git diff | llmchat ask -t review lang=Russian",
    "llmchat templates edit review",
    about="Manage prompt templates; without a command, list them.",
)


NEW = """\
+++
description = "What it is for"
+++
Write the prompt here. {{ input }} is the prompt, {{ name }} a variable.
"""

Name = Annotated[str, argument("The name of the template.", metavar="NAME")]


@app.add(
    "llmchat templates list",
    "llmchat templates list --json",
    "llmchat templates list --json | jq -r '.[].name'",
    name="list",
)
def show_all(ctx: typer.Context, json: options.JsonArray = False) -> None:
    """List your own and the built-in templates."""
    from llmchat.app.setup.templates import list_templates

    context = options.open_bare(ctx)
    found, broken = list_templates(context)
    for error in broken:
        context.report.warning(error.message)
    if json:
        rows = [
            {
                "name": template.name,
                "description": template.description,
                "variables": list(template.variables),
                "shipped": template.shipped,
                "path": str(template.path),
            }
            for template in found
        ]
        print_json(context, rows)
        return
    columns = (Column("template", "name"), Column("variables"), Column("from", "id"), Column(""))
    yours = context.paths.templates
    cells = [[t.name, ", ".join(t.variables), _origin(t, yours), t.description] for t in found]
    print_table(context, Table(columns, cells))


def _origin(template: Template, yours: Path) -> str:
    if template.shipped:
        return "llmchat"
    return msg("you") if template.path.parent == yours else msg("plugin")


@app.add(
    "llmchat templates show review",
    "llmchat templates show translate | head",
    "llmchat templates show commit > my-commit.md",
)
def show(ctx: typer.Context, name: Name) -> None:
    """Print the template's file."""
    from llmchat.app.setup.templates import template_places
    from llmchat.settings.toml.document import read_text
    from llmchat.templates import template_file

    context = options.open_bare(ctx)
    path = template_file(name, *template_places(context))
    context.print((read_text(path) or "").rstrip("\n"))


@app.add(
    "llmchat templates edit haiku",
    "llmchat templates edit review",
    "EDITOR=nano llmchat templates edit commit",
)
def edit(ctx: typer.Context, name: Name) -> None:
    """Open a template in $VISUAL or $EDITOR; one that is not yours is copied first."""
    from llmchat.app.run.streams import is_terminal
    from llmchat.app.setup.templates import template_places
    from llmchat.app.terminal.editor import edit_file, editor_command
    from llmchat.settings.toml.document import read_text
    from llmchat.settings.toml.rewrite import rewrite
    from llmchat.templates import find_template, template_file, template_names, template_path

    context = options.open_bare(ctx)
    path = template_path(name, context.paths.templates)
    world = context.world
    command = editor_command(world.environ, terminal=is_terminal(world.stdin))
    if not os.path.exists(path):  # noqa: PTH110  # of a name that is too long pathlib raises
        places = template_places(context)
        known = name in template_names(*places)
        start = (read_text(template_file(name, *places)) if known else None) or NEW
        rewrite(path, lambda text: text or start)
    edit_file(path, command, environ=world.environ)
    find_template(name, context.paths.templates)  # raises now if the template has a mistake


@app.add(
    "llmchat templates path",
    "llmchat templates path review",
    'ls "$(llmchat templates path)"',
)
def path(
    ctx: typer.Context,
    name: Annotated[str | None, argument(metavar="NAME")] = None,
) -> None:
    """Show where a template is, or the folder with your own."""
    from llmchat.app.setup.templates import template_places
    from llmchat.templates import template_file

    context = options.open_bare(ctx)
    places = template_places(context)
    context.print(str(template_file(name, *places) if name else places[0]))
