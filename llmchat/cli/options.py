"""The flags that commands share: each is declared once, with its help."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer

from llmchat.errors import UsageError

ANSWER = "The answer"
SERVICE = "Who is asked"

Model = Annotated[
    str | None,
    typer.Option("-m", "--model", metavar="MODEL", help="MODEL, or PROVIDER/MODEL."),
]
Provider = Annotated[
    str | None,
    typer.Option("-p", "--provider", metavar="NAME", help="The provider; it never moves on."),
]
System = Annotated[
    str | None,
    typer.Option("-s", "--system", metavar="TEXT", help="The system message."),
]
Options = Annotated[
    list[str] | None,
    typer.Option("-o", "--option", metavar="KEY VALUE", help="An option of the model; repeatable."),
]
Effort = Annotated[
    str | None,
    typer.Option(
        "-e",
        "--effort",
        metavar="LEVEL",
        help="How much the model thinks: none, low, medium, high or max.",
    ),
]
Continue = Annotated[
    bool, typer.Option("-c", "--continue", help="Go on with the last conversation.")
]
Cid = Annotated[
    str | None,
    typer.Option("--cid", metavar="ID", help="Go on with this conversation (id prefix or last)."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No notices, no spinner.")]
Usage = Annotated[bool, typer.Option("-u", "--usage", help="Show the tokens used.")]
Proxy = Annotated[
    str | None,
    typer.Option("--proxy", metavar="URL", help="http, https, socks5 or socks5h."),
]
Fallback = Annotated[
    list[str] | None,
    typer.Option("--fallback", metavar="NAME", help="Ask this one when the first fails."),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", help="For the whole answer (no limit)."),
]
ConnectTimeout = Annotated[
    float | None,
    typer.Option("--connect-timeout", metavar="SECONDS", help="For a connection (10)."),
]
FirstToken = Annotated[
    float | None,
    typer.Option("--first-token-timeout", metavar="SECONDS", help="For the first token (60)."),
]
Stall = Annotated[
    float | None,
    typer.Option("--stall-timeout", metavar="SECONDS", help="Without a byte (30)."),
]
Content = Annotated[
    float | None,
    typer.Option("--content-timeout", metavar="SECONDS", help="With pings but no text (120)."),
]
AllowSecrets = Annotated[
    bool, typer.Option("--allow-secrets", help="Send what looks like a secret as well.")
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not wait for another llmchat with the same key.")
]
Color = Annotated[
    str | None,
    typer.Option("--color", metavar="WHEN", help="auto, always or never."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]

WHEN = ("auto", "always", "never")


def flags(**values: object) -> dict[str, object]:
    """Those that were given, by the name of their setting."""
    if values.get("color") not in (None, *WHEN):
        raise UsageError("--color needs auto, always or never", hint="--color never")
    return {name: value for name, value in values.items() if value is not None}


SETTINGS = (  # parameters that are named as their settings are
    "provider",
    "model",
    "effort",
    "system",
    "template",
    "proxy",
    "timeout",
    "connect_timeout",
    "first_token_timeout",
    "stall_timeout",
    "content_timeout",
    "max_input",
    "color",
)
SWITCHES: dict[str, tuple[str, bool]] = {  # parameter: what it sets
    "no_wait": ("wait", False),
    "no_stream": ("stream", False),
    "no_save": ("save", False),
    "usage": ("usage", True),
}


def service_flags(ctx: typer.Context) -> dict[str, object]:
    """What this command line says of the settings; `ask` and `chat` share it."""
    given = ctx.params
    switched = dict(SWITCHES[name] for name in SWITCHES if given.get(name))
    return flags(
        **{name: given.get(name) for name in SETTINGS},
        **switched,
        options=pairs(given.get("option"), {f for p in ctx.command.params for f in p.opts}),
        fallback=tuple(given.get("fallback") or ()) or None,
    )


def pairs(options: list[str] | None, known_flags: Collection[str]) -> dict[str, str] | None:
    """`KEY=VALUE` as `normalize_argv` makes it. A flag of ours is not a value: the value was
    forgotten, and what the flag says would be lost."""
    if not options:
        return None
    for option in options:
        if "=" not in option:
            raise UsageError(f"-o {option} needs a value", hint="-o temperature 0.2")
        key, _, value = option.partition("=")
        if key in known_flags:
            raise UsageError(f"-o needs a key, and {key} is a flag", hint="-o temperature 0.2")
        flag = value.partition("=")[0]
        if flag in known_flags or (value[:1] == "-" != value[1:2] and value[:2] in known_flags):
            raise UsageError(
                f"-o {key} needs a value, and {flag} is a flag", hint=f"llmchat ask -o {key} VALUE"
            )
    return dict(option.split("=", 1) for option in options)
