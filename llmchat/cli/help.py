"""The `--help` screen: usage, arguments, grouped flags and examples, as wide as the terminal. Not
drawn by Typer's Rich formatter, which would cost 100 ms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from llmchat.app.run.streams import is_colored, is_terminal, open_stdout
from llmchat.cli.table import ABOUT, COMMANDS, EXAMPLES, OPTIONS, USAGE
from llmchat.language import known, msg, translated
from llmchat.render.fold import fold, hanging
from llmchat.render.terminal.screen import DEFAULT_COLUMNS, size_of
from llmchat.render.width import width
from llmchat.world import World

WIDEST = 100  # columns; longer lines are hard to read
GAP = 2
NARROWEST_ABOUT = 24  # cells; if there is less room, descriptions go on lines of their own
FEW = 12  # flags; so few need no groups
BOLD, NAME = "1", "36"  # SGR

# The flags of `ask` and `chat`, the most used ones first.
GROUPS = {
    "Batch": "--out --resume --jobs --limit --ordered --fail-fast --format --save",
    "Prompt": "--explain --file --attach --template --system --edit --schema --schema-list",
    "Conversation": "--continue --cid --resume --no-save",
    "Model": "--model --provider --option --effort --fallback --vs",
    "Tools": "--tool --no-tools --allow --max-rounds",
    "Output": "--extract --xl --output --json --jsonl --raw --markdown --usage --quiet --color"
    " --dry-run --count --print",
    "Network": "--proxy --timeout --connect-timeout --first-token-timeout --stall-timeout"
    " --content-timeout",
}
ADVANCED = "Advanced"
# A group that only the command with this flag has; other commands share names with it.
OWN = {"Batch": "--out"}


Drawn = Iterable[tuple[str, str | None]]  # lines and their styles


class HelpLine(NamedTuple):
    """A flag, argument or command, with its description."""

    name: str
    about: str


def help_screen(command: Any, ctx: Any) -> str:
    """The text of `command --help`."""
    world: World = ctx.obj
    columns = _columns(world)
    return _drawn(world, [*_lines(command, ctx, columns), *_examples(command, world, columns)])


def overview(world: World) -> str:
    """The text of `llmchat --help`: one screen."""
    columns = _columns(world)
    commands = [HelpLine(name, known(about)) for name, about in COMMANDS.items()]
    examples = [HelpLine(known(command), known(about)) for command, about in EXAMPLES]
    lines = [
        *_plain(fold(known(ABOUT), columns)),
        *_plain(_titled(known("Usage:"), known(USAGE), columns, indent=7)),
        ("", None),
        *_table(commands, columns),
        ("", None),
        *_table(examples, columns),
        *_plain(_titled(known("Options:"), known(OPTIONS), columns, indent=9)),
    ]
    return _drawn(world, lines)


def _columns(world: World) -> int:
    tty = is_terminal(world.stdout)
    columns = size_of(open_stdout(world.stdout), world.environ).columns if tty else DEFAULT_COLUMNS
    return min(columns, WIDEST)


def _drawn(world: World, lines: Drawn) -> str:
    coloured = is_colored(world.stdout, world.environ, "auto")
    return "\n".join(
        [_painted(text, style) if coloured and style else text for text, style in lines]
    )


def _painted(text: str, style: str) -> str:
    """Colours a line but not its indent; in a flag's line only the flag itself."""
    body = text.lstrip(" ")
    name, gap, about = body.partition(" " * GAP) if style == NAME else (body, "", "")
    return f"{' ' * (len(text) - len(body))}\x1b[{style}m{name}\x1b[0m{gap}{about}"


def _lines(command: Any, ctx: Any, columns: int) -> Iterator[tuple[str, str | None]]:
    usage = _titled(known("Usage:"), f"{ctx.command_path} {_usage(command)}", columns, indent=9)
    yield from _plain(usage)
    about = known(" ".join((command.help or "").split()))
    yield from _plain(["", *(f"  {line}" for line in fold(about, columns - 2))])
    for title, rows in _groups(command, ctx):
        yield from (
            ("", None),
            (translated(msg("{title}:", title=msg(title))), BOLD),
            *_table(rows, columns),
        )


def _examples(command: Any, world: World, columns: int) -> Drawn:
    """The examples, one per line. They are wrapped only for a terminal: from a pipe they may be
    run."""
    lines = [line for line in (command.epilog or "").splitlines() if line != "\b"]
    room = columns if is_terminal(world.stdout) else 0
    if lines:
        yield from (("", None), (known("Examples:"), BOLD))
    for example in lines[1:]:
        yield from _plain(hanging("  ", known(example.strip()), room, indent=6))


def _titled(title: str, text: str, columns: int, *, indent: int) -> list[str]:
    gap = "" if width(title[-1]) == 2 else " "  # a full-width Chinese colon includes its own gap
    return hanging(title + gap, text, columns, indent=indent)


def _plain(lines: Iterable[str]) -> Drawn:
    return ((line, None) for line in lines)


def _usage(command: Any) -> str:
    arguments = [_argument(param) for param in _params(command, "argument")]
    rest = [known("COMMAND ...")] if getattr(command, "commands", {}) else arguments
    return " ".join([known("[OPTIONS]"), *rest])


def _groups(command: Any, ctx: Any) -> Iterator[tuple[str, list[HelpLine]]]:
    arguments = [HelpLine(_argument(p), known(p.help or "")) for p in _params(command, "argument")]
    commands = [
        HelpLine(name, _first(child)) for name, child in getattr(command, "commands", {}).items()
    ]
    options = _options(command, ctx)
    flags = {param.opts[-1]: HelpLine(_flag(param), known(param.help or "")) for param in options}
    found = {msg("Arguments"): arguments, msg("Commands"): commands, **_grouped(flags)}
    yield from ((title, rows) for title, rows in found.items() if rows)


def _grouped(flags: dict[str, HelpLine]) -> dict[str, list[HelpLine]]:
    if len(flags) <= FEW:
        return {msg("Options"): [*flags.values()]}
    left = dict(flags)
    groups = {
        title: [left.pop(name) for name in names.split() if name in left]
        for title, names in GROUPS.items()
        if title not in OWN or OWN[title] in flags
    }
    return {**groups, ADVANCED: [*left.values()]}


def _table(rows: Sequence[HelpLine], columns: int) -> Drawn:
    widest = max(width(row.name) for row in rows)
    room = columns - 2 - widest - GAP
    for name, about in rows:
        if room < NARROWEST_ABOUT:
            yield from ((line, NAME) for line in hanging("  ", name, columns, indent=4))
            yield from _plain(f"      {line}" for line in fold(about, columns - 6))
            continue
        first, *rest = fold(about, room)
        yield f"  {name}{' ' * (widest - width(name) + GAP)}{first}".rstrip(), NAME
        yield from _plain(" " * (2 + widest + GAP) + line for line in rest)


def _params(command: Any, kind: str) -> list[Any]:
    params = [p for p in command.params if p.param_type_name == kind]
    return [p for p in params if not getattr(p, "hidden", False)]


def _options(command: Any, ctx: Any) -> list[Any]:
    return [p for p in command.get_params(ctx) if p.param_type_name == "option" and not p.hidden]


def _argument(param: Any) -> str:
    """An argument in the usage line: `ID`, `[ID]` or `[ID...]`."""
    word = (param.metavar or param.name.upper()).strip("[]").removesuffix("...")
    word += "..." if param.nargs == -1 else ""
    return word if param.required else f"[{word}]"


def _flag(param: Any) -> str:
    """A flag's names: `-f, --file PATH`. A flag without a short name is aligned with the long
    ones."""
    short = [name for name in param.opts if not name.startswith("--")]
    long = [name for name in param.opts if name.startswith("--")]
    names = ", ".join([*short, *long])
    value = "" if param.is_flag else f" {param.metavar or param.name.upper()}"
    return f"{'' if short else '    '}{names}{value}"


def _first(command: Any) -> str:
    """The first sentence of a command's help."""
    return known(" ".join((command.help or "").split()).partition(". ")[0].rstrip("."))
