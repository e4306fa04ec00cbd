"""`llmchat config`: view and change settings."""

from __future__ import annotations

import json as json_format
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_table
from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.render.tables.table import Column, Table
from llmchat.system.opening import is_there

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.settings import Setting

app = options.CommandGroup(
    "llmchat config list",
    "llmchat config set provider gigachat",
    "llmchat config set providers.openai.options.temperature 0.2",
    "llmchat config set providers.openai.api_key - < key.txt",
    "llmchat config unset model",
    about="View and change settings; without a command, list them.",
)


Name = Annotated[
    str, argument("The setting, such as theme or providers.openai.model.", metavar="KEY")
]


@app.add(
    "llmchat config list",
    "llmchat config list --json",
    "llmchat config list | grep timeout",
    name="list",
)
def show_all(ctx: typer.Context, json: options.JsonArray = False) -> None:
    """List every setting with its value and origin. Keys are masked."""
    from llmchat.app.setup import config

    context = options.open_context(ctx)
    rows = list(config.listed(context))
    if json:
        print_json(context, [_row(setting) for setting in rows])
        return
    cells = [[setting.key, shown(setting), str(setting.origin)] for setting in rows]
    columns = (Column("setting", "name"), Column("value"), Column("from"))
    print_table(context, Table(columns, cells))


@app.add(
    "llmchat config get provider",
    "llmchat config get providers.openai.base_url",
    "llmchat config get timeout",
)
def get(ctx: typer.Context, key: Name, json: options.Json = False) -> None:
    """Show the value of one setting as it applies here."""
    from llmchat.app.setup import config

    context = options.open_context(ctx)
    setting = config.get(context, key)
    if json:
        print_json(context, _row(setting))
    else:
        context.print(shown(setting))


@app.command(
    "set",
    context_settings={"ignore_unknown_options": True},
    epilog=options.examples(
        "llmchat config set provider ollama",
        "llmchat config set providers.openai.base_url https://gateway.example/v1",
        "pass show openai | llmchat config set providers.openai.api_key -",
    ),
)  # VALUE may be -1
def put(
    ctx: typer.Context,
    key: Name,
    value: Annotated[str, argument("The value, or - to read it from stdin (required for keys).")],
) -> None:
    """Set a value in the file; comments and order are preserved."""
    from llmchat.app.setup import config

    config.put(options.open_bare(ctx), key, value)


@app.add(
    "llmchat config unset provider",
    "llmchat config unset providers.openai.model",
    "llmchat config unset proxy",
)
def unset(ctx: typer.Context, key: Name) -> None:
    """Remove a setting, or a whole table, from the file."""
    from llmchat.app.setup import config

    config.remove(options.open_bare(ctx), key)


@app.add(
    "llmchat config edit",
    "EDITOR=nano llmchat config edit",
    'VISUAL="code --wait" llmchat config edit',
)
def edit(ctx: typer.Context) -> int:
    """Open the file in $VISUAL or $EDITOR, then check it."""
    from llmchat.app.run.streams import is_terminal
    from llmchat.app.setup import config
    from llmchat.app.terminal.editor import edit_file, editor_command

    context = options.open_bare(ctx)
    world = context.world
    command = editor_command(world.environ, terminal=is_terminal(world.stdin))
    edit_file(config.create(context), command, environ=world.environ)
    return _show_mistakes(context, config.validate(context))


@app.add(
    "llmchat config path",
    'cat "$(llmchat config path)"',
    'cp "$(llmchat config path)" backup.toml',
)
def path(
    ctx: typer.Context,
    all_: Annotated[bool, flag("--all", "Show every folder and file of llmchat.")] = False,
) -> None:
    """Show where the file is."""
    context = options.open_bare(ctx)
    paths = context.paths
    if not all_:
        context.print(str(paths.config_file))
        return
    named = {
        msg("settings"): paths.config_file,
        msg("templates"): paths.templates,
        msg("keys"): paths.credentials,
        msg("tokens"): paths.tokens,
        msg("history"): paths.history_db,
        msg("data"): paths.data,
        msg("input history"): paths.repl_history,
        msg("state"): paths.state,
        msg("cache"): paths.cache,
    }
    rows = [[name, str(place)] for name, place in named.items()]
    print_table(context, Table((Column("what", "id"), Column("where")), rows))


@app.add(
    "llmchat config validate",
    "LLMCHAT_CONFIG=new.toml llmchat config validate",
    "llmchat config validate && echo fine",
)
def validate(ctx: typer.Context) -> int:
    """Check the settings file, the project file and the environment; one line per mistake."""
    from llmchat.app.setup import config

    context = options.open_bare(ctx)
    code = _show_mistakes(context, config.validate(context))
    if not code:
        file = context.paths.config_file
        state = msg("valid") if is_there(file) else msg("not found; using defaults")
        context.print(msg("{config_file}: {value}", config_file=file, value=state))
    return code


def shown(setting: Setting) -> str:
    """A setting on one line: readable for a person and, if its value is plain, usable in a
    script."""
    value = setting.shown
    return value if isinstance(value, str) else json_format.dumps(value, ensure_ascii=False)


def _row(setting: Setting) -> dict[str, Any]:
    origin = setting.origin
    return {
        "key": setting.key,
        "value": setting.shown,
        "source": origin.source,
        "origin": str(origin),
        "file": str(origin.document.path) if origin.document else None,
        "line": origin.document.line_of(*origin.path) if origin.document else None,
    }


def _show_mistakes(context: BareContext, mistakes: tuple[str, ...]) -> int:
    for mistake in mistakes:
        context.report.warning(mistake)
    return ConfigError.exit_code if mistakes else 0
