"""The flags shared by commands, each declared once with its help."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmchat.errors import UsageError

if TYPE_CHECKING:
    from llmchat.app.bare_context import BareContext
    from llmchat.app.context import Context

Model = Annotated[
    str | None,
    typer.Option("-m", "--model", metavar="MODEL", help="MODEL or PROVIDER/MODEL."),
]
Provider = Annotated[
    str | None,
    typer.Option("-p", "--provider", metavar="NAME", help="Use only this provider (no fallback)."),
]
System = Annotated[
    str | None,
    typer.Option("-s", "--system", metavar="TEXT", help="Set the system message."),
]
Template = Annotated[
    str | None,
    typer.Option(
        "-t",
        "--template",
        metavar="NAME",
        help="Use a template; set its variables with `name=value`.",
    ),
]
Options = Annotated[
    list[str] | None,
    typer.Option("-o", "--option", metavar="KEY VALUE", help="Set a model option; repeatable."),
]
Effort = Annotated[
    str | None,
    typer.Option(
        "-e",
        "--effort",
        metavar="LEVEL",
        help="How much the model reasons: none, low, medium, high or max.",
    ),
]
Continue = Annotated[bool, typer.Option("-c", "--continue", help="Continue the last conversation.")]
Cid = Annotated[
    str | None,
    typer.Option("--cid", metavar="ID", help="Continue this conversation (ID prefix or last)."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Hide notices and the spinner.")]
Usage = Annotated[bool, typer.Option("-u", "--usage", help="Show token usage.")]
NoSave = Annotated[bool, typer.Option("-n", "--no-save", help="Don't save to history.")]
NoStream = Annotated[bool, typer.Option("--no-stream", help="Get the answer in one piece.")]
NoInstructions = Annotated[
    bool, typer.Option("--no-instructions", help="Send no AGENTS.md or LLMCHAT.md along.")
]
Proxy = Annotated[
    str | None,
    typer.Option("--proxy", metavar="URL", help="Proxy URL: http, https, socks5 or socks5h."),
]
Fallback = Annotated[
    list[str] | None,
    typer.Option("--fallback", metavar="NAME", help="Fallback provider; repeatable."),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", metavar="SECONDS", help="Limit for the whole answer (default: none)."
    ),
]
ConnectTimeout = Annotated[
    float | None,
    typer.Option("--connect-timeout", metavar="SECONDS", help="Limit for connecting (10)."),
]
FirstToken = Annotated[
    float | None,
    typer.Option(
        "--first-token-timeout", metavar="SECONDS", help="Limit for the first token (60)."
    ),
]
Stall = Annotated[
    float | None,
    typer.Option(
        "--stall-timeout", metavar="SECONDS", help="Give up after this long with no data (30)."
    ),
]
Content = Annotated[
    float | None,
    typer.Option(
        "--content-timeout",
        metavar="SECONDS",
        help="Give up after this long with keep-alives only (120).",
    ),
]
MaxInput = Annotated[
    str | None,
    typer.Option("--max-input", metavar="SIZE", help="Largest text to add to a prompt (10MB)."),
]
AllowSecrets = Annotated[
    bool, typer.Option("--allow-secrets", help="Send text that looks like a secret.")
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not wait for another llmchat using the same key.")
]
Schema = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="FILE|JSON|FIELDS",
        help="Get JSON that matches a JSON Schema, or fields: `name, age int`.",
    ),
]
SchemaList = Annotated[
    bool, typer.Option("--schema-list", help='Get a list of them: {"items": [...]}.')
]
SchemaRetries = Annotated[
    int | None,
    typer.Option(
        "--schema-retries",
        metavar="N",
        min=0,
        max=10,
        help="Ask again if the answer does not match (1).",
        show_default=False,
    ),
]
Tools = Annotated[
    list[str] | None,
    typer.Option(
        "-T",
        "--tool",
        metavar="NAME",
        help="Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable.",
    ),
]
NoTools = Annotated[bool, typer.Option("--no-tools", help="Offer no tools, whatever -T says.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", metavar="SERVER/TOOL", help="Run this tool without asking; repeatable."
    ),
]
MaxRounds = Annotated[
    int | None,
    typer.Option("--max-rounds", metavar="N", min=1, help="Limit the rounds of tool calls (10)."),
]
Color = Annotated[
    str | None,
    typer.Option("--color", metavar="WHEN", help="Use colour: auto, always or never."),
]
REF = "ID or its prefix, `last`, or words of a title."
Ref = Annotated[str, typer.Argument(metavar="ID", help=REF)]
Refs = Annotated[list[str], typer.Argument(metavar="ID...", help=REF)]
AnyRefs = Annotated[
    list[str] | None, typer.Argument(metavar="[ID...]", help=REF, show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

WHEN = ("auto", "always", "never")


def examples(*lines: str) -> str:
    """The end of a command's help, which Typer prints line by line."""
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in lines)


def open_context(ctx: typer.Context, *, quiet: bool = False, **given: object) -> Context:
    """The context of one command; `given` are its flags by the name of their setting."""
    from llmchat.app.context import open_context

    return open_context(ctx.obj, flags(**given), quiet=quiet)


def open_bare(ctx: typer.Context, *, color: str | None = None) -> BareContext:
    """That of a command which needs no settings, and works where they are broken."""
    from llmchat.app.bare_context import open_bare

    return open_bare(ctx.obj, color=when(color))


def flags(**values: object) -> dict[str, object]:
    """Those that were given, by the name of their setting."""
    when(values.get("color"))
    return {name: value for name, value in values.items() if value is not None}


def when(color: object) -> str:
    """`--color`, for a command that needs no settings."""
    if color not in (None, *WHEN):
        raise UsageError("--color must be auto, always or never", hint="--color never")
    return str(color or "auto")


def service_flags(
    model: Model = None,
    provider: Provider = None,
    effort: Effort = None,
    system: System = None,
    template: Template = None,
    option: Options = None,
    no_save: NoSave = False,
    usage: Usage = False,
    no_stream: NoStream = False,
    no_instructions: NoInstructions = False,
    proxy: Proxy = None,
    fallback: Fallback = None,
    timeout: Timeout = None,
    connect_timeout: ConnectTimeout = None,
    first_token_timeout: FirstToken = None,
    stall_timeout: Stall = None,
    content_timeout: Content = None,
    max_input: MaxInput = None,
    no_wait: NoWait = False,
    color: Color = None,
) -> dict[str, object]:
    """The flags of `ask` and `chat` that are settings, by the name of the setting."""
    return flags(
        model=model,
        provider=provider,
        effort=effort,
        system=system,
        template=template,
        options=pairs(option),
        save=False if no_save else None,
        usage=usage or None,
        stream=False if no_stream else None,
        instructions="off" if no_instructions else None,
        proxy=proxy,
        fallback=tuple(fallback or ()) or None,
        timeout=timeout,
        connect_timeout=connect_timeout,
        first_token_timeout=first_token_timeout,
        stall_timeout=stall_timeout,
        content_timeout=content_timeout,
        max_input=max_input,
        wait=False if no_wait else None,
        color=color,
    )


def with_service_flags(
    command: Callable[..., int], *, without: Collection[str] = ()
) -> Callable[..., int]:
    """Puts `service_flags` in the place of the parameter `settings`, which gets their result;
    those that mean nothing to the command are left out."""
    own = signature(command, eval_str=True).parameters
    every = signature(service_flags, eval_str=True).parameters
    shared = {name: parameter for name, parameter in every.items() if name not in without}

    @wraps(command)
    def run(**given: Any) -> int:
        if given["option"]:
            refuse_flags(given["option"], parameters)
        settings = service_flags(**{name: given.pop(name) for name in shared})
        return command(**given, settings=settings)

    parameters = [
        found.replace(kind=Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        for found in (shared.values() if name == "settings" else (parameter,))
    ]
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {found.name: found.annotation for found in parameters}
    return run


def _flags_of(parameter: Parameter) -> list[str]:
    """Typer keeps the first of them as the default; its own context has none."""
    declared = getattr(parameter.annotation, "__metadata__", ())
    return [flag for info in declared for flag in (info.default, *(info.param_decls or ()))]


def refuse_flags(options: Iterable[str], parameters: Iterable[Parameter]) -> None:
    """A flag of ours is neither the key nor the value of an option: the value was forgotten, and
    what the flag says would be lost."""
    known = {flag for parameter in parameters for flag in _flags_of(parameter)}
    for option in options:
        key, _, value = option.partition("=")
        if key in known:
            raise UsageError(f"-o needs a key; {key} is a flag", hint="-o temperature 0.2")
        flag = value.partition("=")[0]
        if flag in known or (value[:1] == "-" != value[1:2] and value[:2] in known):
            raise UsageError(
                f"-o {key} needs a value; {flag} is a flag", hint=f"llmchat ask -o {key} VALUE"
            )


def pairs(options: list[str] | None) -> dict[str, str] | None:
    """`KEY=VALUE` as `normalize_argv` makes it."""
    if not options:
        return None
    for option in options:
        if "=" not in option:
            raise UsageError(f"-o {option} needs a value", hint="-o temperature 0.2")
    return dict(option.split("=", 1) for option in options)
