"""The command line as data: every command with its flags and arguments, read from Typer's own
objects, for the completions and the manual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dev.completion.kinds import kind_of
from llmchat.cli.main import load_command
from llmchat.cli.table import COMMANDS, HELP

MADE = "Made by `python -m dev.completion` from the commands themselves; do not edit."
SHOW = "Show this message and exit."


@dataclass(frozen=True, slots=True)
class Flag:
    """`kind` is that of its value, "" for a switch, which is followed by `values` words."""

    names: tuple[str, ...]
    about: str
    metavar: str = ""
    kind: str = ""
    values: int = 0


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    about: str
    kind: str
    required: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A command; `path` is what is typed for it after the program's name."""

    path: tuple[str, ...]
    about: str
    help: str = ""
    epilog: str = ""
    flags: tuple[Flag, ...] = ()
    arguments: tuple[Argument, ...] = ()
    children: tuple[Node, ...] = ()
    default: str = ""  # the subcommand that is run if none is named

    @property
    def name(self) -> str:
        return " ".join(self.path)

    @property
    def meant(self) -> Node | None:
        """The subcommand that is run if none is named."""
        return next((c for c in self.children if c.path[-1] == self.default), None)

    @property
    def kinds(self) -> list[str]:
        """The kind of each positional argument; the last one may repeat."""
        kinds = [argument.kind for argument in self.arguments]
        if self.arguments and self.arguments[-1].repeated:
            kinds[-1] += "*"
        return kinds

    def walk(self) -> Iterator[Node]:
        """All commands, beginning with the program itself."""
        yield self
        for child in self.children:
            yield from child.walk()


def short(text: str) -> str:
    """The first sentence, for lists."""
    return text.partition("\n")[0].rstrip(".")


def command_tree() -> Node:
    """The whole program, for which all commands are imported."""
    children = tuple(_node(load_command(name), (name,), about=COMMANDS[name]) for name in COMMANDS)
    top = (
        Flag(HELP, "Show the commands."),
        Flag(("-V", "--version"), "Show the version."),
        Flag(("--color",), "auto, always or never.", "WHEN", "choice:auto always never", 1),
    )
    return Node((), "language models from a terminal", flags=top, children=children)


def _node(command: Any, path: tuple[str, ...], *, about: str = "") -> Node:
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    options = [p for p in parameters if p.param_type_name == "option" and p.name != "help"]
    help_text = (command.help or "").strip()
    return Node(
        path,
        about or short(help_text),
        help=help_text,
        epilog=command.epilog or "",
        flags=(*(_flag(o, path) for o in options), Flag(HELP, SHOW)),
        arguments=tuple(_argument(p, path) for p in parameters if p.param_type_name == "argument"),
        children=tuple(
            _node(child, (*path, name))
            for name, child in getattr(command, "commands", {}).items()
            if not child.hidden
        ),
        default=getattr(command, "default_command", ""),
    )


def _flag(option: Any, path: tuple[str, ...]) -> Flag:
    names = tuple(sorted((*option.opts, *option.secondary_opts), key=len))
    about = option.help or ""
    if option.is_flag:
        return Flag(names, about)
    metavar = option.metavar or option.name.upper()
    optional = metavar.startswith("[")
    return Flag(
        names,
        about,
        metavar,
        kind_of(option, path),
        values=0 if optional else len(metavar.split()) * max(1, option.nargs),
    )


def _argument(argument: Any, path: tuple[str, ...]) -> Argument:
    return Argument(
        (argument.metavar or argument.name.upper()).strip("[]."),
        getattr(argument, "help", "") or "",
        kind_of(argument, path),
        required=argument.required,
        repeated=argument.nargs == -1,
    )
