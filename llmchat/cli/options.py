"""How commands declare their flags and examples, and the flags that several share.

Why: docs/decisions/0162-flags-are-fields.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import wraps
from inspect import Parameter, Signature, get_annotations, signature
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, get_args

import typer
from typer.core import TyperGroup
from typer.models import ParameterInfo

from llmchat.cli.argv import pairs
from llmchat.cli.table import HELP
from llmchat.errors import UsageError
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.app.run.context import Context

Command = TypeVar("Command", bound=Callable[..., Any])


def flag(spelled: str, about: str = "", **more: Any) -> Any:
    """Declares a flag as its help spells it, `-m --model MODEL`; `more` is passed to Typer."""
    words = spelled.split()
    names = [word for word in words if word.startswith("-")]
    value = " ".join(words[len(names) :]) or None
    return typer.Option(*names, metavar=value, help=about, **more)


def argument(about: str = "", **more: Any) -> Any:
    """Declares a positional argument of a command."""
    return typer.Argument(help=about, show_default=False, **more)


Continue = Annotated[bool, flag("-c --continue", "Continue the last conversation.")]
Cid = Annotated[str | None, flag("--cid ID", "Continue this conversation (ID prefix or last).")]
Quiet = Annotated[bool, flag("-q --quiet", "Hide notices and the spinner.")]
Proxy = Annotated[str | None, flag("--proxy URL", "Proxy URL: http, https, socks5 or socks5h.")]
AllowSecrets = Annotated[bool, flag("--allow-secrets", "Send text that looks like a secret.")]
Color = Annotated[str | None, flag("--color WHEN", "Use colour: auto, always or never.")]
REF = "ID or its prefix, `last`, or words of a title."
Ref = Annotated[str, argument(REF, metavar="ID")]
Refs = Annotated[list[str], argument(REF, metavar="ID...")]
AnyRefs = Annotated[list[str] | None, argument(REF, metavar="[ID...]")]
Json = Annotated[bool, flag("--json", "Print one JSON object.")]
JsonArray = Annotated[bool, flag("--json", "Print a JSON array.")]

WHEN = ("auto", "always", "never")
# The values that flags such as --no-save give to their settings.
OFF = {"save": False, "stream": False, "instructions": "off", "wait": False}


class CommandApp(typer.Typer):
    """The commands that one file defines."""

    def __init__(self, kind: type[TyperGroup] | None = None) -> None:
        super().__init__(cls=kind, rich_markup_mode=None, add_completion=False)

    def add(
        self, *lines: str, name: str | None = None, **more: Any
    ) -> Callable[[Command], Command]:
        """Decorator that adds a command, with these examples at the end of its help."""
        return self.command(name or None, epilog=examples(*lines), **more)


class ListsByDefault(TyperGroup):
    """A group whose default is `list`: `llmchat history -n 3` means `llmchat history list -n 3`."""

    usual: ClassVar = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] in HELP)
        return super().parse_args(ctx, args if named else [self.usual, *args])


class CommandGroup(CommandApp):
    """A command with subcommands, with these examples at the end of each one's help."""

    def __init__(
        self, *lines: str, about: str, kind: type[ListsByDefault] = ListsByDefault
    ) -> None:
        super().__init__(kind)
        self.callback(help=about, epilog=examples(*lines))(_unnamed)


def _unnamed() -> None:
    """The callback that Typer requires; it does nothing, because the group runs its default
    subcommand."""


def examples(*lines: str) -> str:
    """The examples as the epilog of a command's help, which Typer prints line by line."""
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in lines)


def open_context(ctx: typer.Context, *, quiet: bool = False, **given: object) -> Context:
    """The `Context` of a command; `given` are its flags by the name of their setting."""
    from llmchat.app.run.context import open_context

    return open_context(ctx.obj, flags(**given), quiet=quiet)


def open_bare(ctx: typer.Context, *, color: str | None = None) -> BareContext:
    """The `BareContext` of a command that needs no settings and works even if they are broken."""
    from llmchat.app.run.bare_context import open_bare

    return open_bare(ctx.obj, color=when(color))


def flags(**values: object) -> dict[str, object]:
    """The flags that were given, by the name of their setting."""
    when(values.get("color"))
    return {name: value for name, value in values.items() if value is not None}


def when(color: object) -> str:
    """The value of `--color`, for a command that needs no settings."""
    if color not in (None, *WHEN):
        raise UsageError(msg("--color must be auto, always or never"), hint=msg("--color never"))
    return str(color or "auto")


class Flags:
    """A set of flags that a command takes as one parameter. Each field declares a flag, in the
    order of the help: `resume: bool = flag("--resume", "Skip what is answered.")`. A flag that was
    not given is False or None."""

    parameters: ClassVar[Sequence[Parameter]]  # in the form that Typer reads

    def __init_subclass__(cls) -> None:
        cls.parameters = []
        for name, kind in get_annotations(cls, eval_str=True).items():
            default = vars(cls).get(name, Parameter.empty)
            if isinstance(default, ParameterInfo):
                # An argument without a default is required.
                about, default = default, Parameter.empty
                if kind is bool:
                    default = False
                elif NoneType in get_args(kind):
                    default = None
                kind = Annotated[kind, about]
                setattr(cls, name, default)
            found = Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            cls.parameters.append(found)

    def __init__(self, given: dict[str, object]) -> None:
        """Removes the flags of this set from `given`, and keeps their values."""
        names = [one.name for one in self.parameters if one.name in given]
        vars(self).update({name: given.pop(name) for name in names})


class ServiceFlags(Flags):
    """The flags of `ask` and `chat` that are settings."""

    model: str | None = flag("-m --model MODEL", "MODEL or PROVIDER/MODEL.")
    provider: str | None = flag("-p --provider NAME", "Use only this provider (no fallback).")
    effort: str | None = flag(
        "-e --effort LEVEL", "How much the model reasons: none, low, medium, high or max."
    )
    system: str | None = flag("-s --system TEXT", "Set the system message.")
    template: str | None = flag(
        "-t --template NAME", "Use a template; set its variables with `name=value`."
    )
    option: list[str] | None = flag("-o --option KEY VALUE", "Set a model option; repeatable.")
    no_save: bool = flag("-n --no-save", "Don't save to history.")
    usage: bool = flag("-u --usage", "Show token usage.")
    no_stream: bool = flag("--no-stream", "Get the answer in one piece.")
    no_instructions: bool = flag("--no-instructions", "Do not send AGENTS.md or LLMCHAT.md.")
    proxy: Proxy = None
    fallback: list[str] | None = flag("--fallback NAME", "Fallback provider; repeatable.")
    timeout: float | None = flag("--timeout SECONDS", "Limit for the whole answer (default: none).")
    connect_timeout: float | None = flag("--connect-timeout SECONDS", "Limit for connecting (10).")
    first_token_timeout: float | None = flag(
        "--first-token-timeout SECONDS", "Limit for the first token (60)."
    )
    stall_timeout: float | None = flag(
        "--stall-timeout SECONDS", "Give up after this long with no data (30)."
    )
    content_timeout: float | None = flag(
        "--content-timeout SECONDS", "Give up after this long with keep-alives only (120)."
    )
    max_input: str | None = flag("--max-input SIZE", "Largest text to add to a prompt (10MB).")
    no_wait: bool = flag("--no-wait", "Do not wait for another llmchat using the same key.")
    color: Color = None

    def settings(self) -> dict[str, object]:
        """The flags that were given, by the name of their setting."""
        given = {one.name: getattr(self, one.name) for one in ServiceFlags.parameters}
        given |= {
            "options": pairs(given.pop("option")),
            "usage": self.usage or None,
            "fallback": tuple(self.fallback or ()) or None,
        }
        for name, off in OFF.items():
            given[name] = off if given.pop(f"no_{name}") else None
        return flags(**given)


def named_conversation(cid: str | None) -> str:
    """The conversation named by --cid. An empty ID, as from an unset variable in a script, is an
    error, not a new conversation."""
    if cid == "":
        raise UsageError(
            msg("no conversation named"),
            hint=msg("name it by its ID, the start of its ID, its title, or `last`"),
        )
    return cid or ""


def check_exclusive(flags: Sequence[str], *, hint: str) -> None:
    """Raises a usage error if more than one of these flags was given."""
    if len(flags) > 1:
        one, other, *_ = flags
        problem = msg("{chosen} and {chosen2} cannot be combined", chosen=one, chosen2=other)
        raise UsageError(problem, hint=hint)


class SchemaFlags(Flags):
    """Flags for the schema of an answer, with the same names as in `QuestionOptions`."""

    schema: str | None = flag(
        "--schema FILE|JSON|FIELDS",
        "Get JSON that matches a JSON Schema, or fields: `name, age int`.",
    )
    schema_list: bool = flag("--schema-list", 'Get a list of them: {"items": [...]}.')
    schema_retries: int | None = flag(
        "--schema-retries N",
        "Ask again if the answer does not match (1).",
        min=0,
        max=10,
        show_default=False,
    )


class ToolFlags(Flags):
    """Flags for the tools a model may call, and the secrets it may be sent."""

    tool: list[str] | None = flag(
        "-T --tool NAME",
        "Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable.",
    )
    no_tools: bool = flag("--no-tools", "Offer no tools, whatever -T says.")
    allow: list[str] | None = flag(
        "--allow SERVER/TOOL", "Run this tool without asking; repeatable."
    )
    max_rounds: int | None = flag("--max-rounds N", "Limit the rounds of tool calls (10).", min=1)
    allow_secrets: AllowSecrets = False

    def given(self) -> dict[str, Any]:
        """The flags under the names that the use cases take."""
        return {
            "tools": () if self.no_tools else tuple(self.tool or ()),
            "allow": tuple(self.allow or ()),
            "max_rounds": self.max_rounds,
            "allow_secrets": self.allow_secrets,
        }


def with_flags(command: Callable[..., int], *, without: Collection[str] = ()) -> Callable[..., int]:
    """Replaces each parameter of a `Flags` type by the flags of that type, except those in
    `without`."""
    parameters: list[Parameter] = []
    groups: dict[str, type[Flags]] = {}
    for own in signature(command, eval_str=True).parameters.values():
        kind = own.annotation
        if isinstance(kind, type) and issubclass(kind, Flags):
            groups[own.name] = kind
            parameters += [one for one in kind.parameters if one.name not in without]
        else:
            parameters.append(own.replace(kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def run(**given: Any) -> int:
        if given.get("option"):
            refuse_flags(given["option"], parameters)
        given.update({name: kind(given) for name, kind in groups.items()})
        return command(**given)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {found.name: found.annotation for found in parameters}
    return run


def _flags_of(parameter: Parameter) -> list[str]:
    """A flag's names. Typer keeps the first one as the default; its own context has none."""
    declared = getattr(parameter.annotation, "__metadata__", ())
    return [flag for info in declared for flag in (info.default, *(info.param_decls or ()))]


def refuse_flags(options: Iterable[str], parameters: Iterable[Parameter]) -> None:
    """Raises an error if an option's key or value is one of the command's flags: then the value was
    forgotten, and the flag would be lost."""
    known = {flag for parameter in parameters for flag in _flags_of(parameter)}
    for option in options:
        key, _, value = option.partition("=")
        if key in known:
            raise UsageError(
                msg("-o needs a key; {key} is a flag", key=key), hint=msg("-o temperature 0.2")
            )
        flag = value.partition("=")[0]
        if flag in known or (value[:1] == "-" != value[1:2] and value[:2] in known):
            raise UsageError(
                msg("-o {key} needs a value; {flag} is a flag", key=key, flag=flag),
                hint=msg("llmchat ask -o {key} VALUE", key=key),
            )
