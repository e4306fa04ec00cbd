"""`llmchat templates`: list, show and edit prompt templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options

if TYPE_CHECKING:
    from llmchat.app.context import Context

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = """\b
Examples:
  llmchat templates list
  git diff | llmchat ask -t review lang=Russian
  llmchat templates edit review
"""

NEW = """\
+++
description = "What it is for"
+++
Write the prompt here. {{ input }} is what is asked or piped, {{ name }} a variable.
"""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The template.")]


@app.callback(invoke_without_command=True, epilog=EXAMPLES)
def unnamed(ctx: typer.Context) -> None:
    """Prompt templates; without a command: list them."""
    if ctx.invoked_subcommand is None:
        show_all(ctx)


@app.command("list")
def show_all(ctx: typer.Context, json: options.Json = False) -> None:
    """Your own templates and the ones that come with llmchat."""
    from llmchat.errors import ConfigError
    from llmchat.templates import find_template, template_names

    context = _run(ctx)
    found = []
    for name in template_names(context.paths.templates):
        try:
            found.append(find_template(name, context.paths.templates))
        except ConfigError as error:
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
        context.print_json(rows)
        return
    from llmchat.render.columns import columns

    cells = [
        [t.name, ", ".join(t.variables), "llmchat" if t.shipped else "you", t.description]
        for t in found
    ]
    context.print(columns(["template", "variables", "from", ""], cells))


@app.command()
def show(ctx: typer.Context, name: Name) -> None:
    """The file as it is."""
    from llmchat.settings.toml.document import read_text
    from llmchat.templates import template_file

    context = _run(ctx)
    path = template_file(name, context.paths.templates)
    context.print((read_text(path) or "").rstrip("\n"))


@app.command()
def edit(ctx: typer.Context, name: Name) -> None:
    """Open your template in $VISUAL or $EDITOR; a shipped one is copied first."""
    from llmchat.cli.editor import edit_file, editor_of
    from llmchat.settings.toml.document import read_text
    from llmchat.settings.toml.rewrite import rewrite
    from llmchat.templates import SHIPPED, find_template, template_path

    context = _run(ctx)
    path = template_path(name, context.paths.templates)
    command = editor_of(context.world)
    if not path.exists():
        start = read_text(SHIPPED / path.name) or NEW
        rewrite(path, lambda text: text or start)
    edit_file(path, command, environ=context.world.environ)
    find_template(name, context.paths.templates)  # what is wrong in it is told now


@app.command()
def path(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)] = None,
) -> None:
    """Where a template is, or the folder of yours."""
    from llmchat.templates import template_file

    context = _run(ctx)
    folder = context.paths.templates
    context.print(str(template_file(name, folder) if name else folder))


def _run(ctx: typer.Context) -> Context:
    from llmchat.app.context import Context

    return Context(ctx.obj)
