"""The tools in config.toml: each `[tools.NAME]` as a value, and the limits of all of them.

They are separate from other settings because only `-T` and `llmchat tools` need them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.keys import Key
from llmchat.settings.toml.document import Document
from llmchat.settings.values import Mistakes, Origin, Setting, coerced, mistakes_in
from llmchat.values.secret import plain_keys, tells_secret, without_plain_keys
from llmchat.values.urls import masked_url

ToolType = Literal["stdio", "http", "sse", "command", "python"]
TYPES: tuple[ToolType, ...] = ("stdio", "http", "sse", "command", "python")
REMOTE: tuple[ToolType, ...] = ("http", "sse")
SERVERS: tuple[ToolType, ...] = ("stdio", *REMOTE)

FUNCTION = ".py:"  # between a file and the name of its function
KIB = 1024
START_TIMEOUT, TIMEOUT = 10, 60  # seconds
MAX_ROUNDS, MAX_RESULT = 10, 64 * KIB

_ALL = (
    Key("max_rounds", "count", MAX_ROUNDS, "rounds of tool calls in one answer"),
    Key("max_result", "size", MAX_RESULT, "largest result of a tool that is passed to a model"),
)
_ONE = (
    Key("type", "text", "", "kind of tool (default: the one that command or url implies)", TYPES),
    Key("command", "text", "", "program to start, or FILE.py:FUNCTION"),
    Key("args", "texts", (), "arguments of the program"),
    Key("env", "texts_by", {}, "additional environment variables"),
    Key("cwd", "text", "", "folder to start it in (default: your home folder)"),
    Key("url", "text", "", "address of a server that is already running"),
    Key("headers", "texts_by", {}, "additional request headers"),
    Key("allow_http", "flag", False, "allow http:// to other machines"),
    Key("description", "text", "", "what the command does, for the model"),
    Key("parameters", "table", {}, "its parameters: a JSON Schema, or the path of one"),
    Key("include", "texts", (), "offer only these tools; * matches anything"),
    Key("exclude", "texts", (), "leave these tools out"),
    Key("allow", "texts", (), "tools that run without asking"),
    Key("start_timeout", "seconds", START_TIMEOUT, "seconds a server may take to start"),
    Key("timeout", "seconds", TIMEOUT, "seconds a call may take"),
)
ALL_TOOLS = {key.name: key for key in _ALL}
ONE_TOOL = {key.name: key for key in _ONE}

SHORTEST_SECRET = 8  # characters; masking a shorter value would hide ordinary words

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
NAME_RULE = msg("use letters, digits, - and _")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """One `[tools.NAME]`; `${VAR}` is not replaced until `expanded`."""

    name: str
    type: ToolType
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_http: bool = False
    description: str = ""
    parameters: Mapping[str, Any] | str = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    start_timeout: float = START_TIMEOUT
    timeout: float = TIMEOUT

    @property
    def is_server(self) -> bool:
        return self.type in SERVERS

    @property
    def words(self) -> tuple[str, ...]:
        """The command line that it starts."""
        return (self.command, *self.args)

    @property
    def runs(self) -> str:
        """What it starts or calls, on one line and without secrets."""
        return masked_url(self.url) if self.type in REMOTE else shown_command(self.words)

    def expanded(self, environ: Mapping[str, str]) -> ToolConfig:
        """The tool with `${VAR}` and `${VAR:-default}` replaced; raises an error for a variable
        that is not set."""

        def one(key: str, text: str) -> str:
            return expand(text, environ, place=f"tools.{self.name}.{key}")

        return replace(
            self,
            command=one("command", self.command),
            args=tuple(one("args", arg) for arg in self.args),
            env={name: one(f"env.{name}", value) for name, value in self.env.items()},
            cwd=one("cwd", self.cwd),
            url=one("url", self.url),
            headers={name: one(f"headers.{name}", v) for name, v in self.headers.items()},
        )


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """Everything under `[tools]`."""

    configs: Mapping[str, ToolConfig] = field(default_factory=dict)
    max_rounds: int = MAX_ROUNDS
    max_result: int = MAX_RESULT  # bytes


def read_tools(document: Document | None) -> ToolSettings:
    """The tools in a settings file in which `tool_mistakes` found nothing."""
    table = document.get("tools") if document else None
    if not isinstance(table, Mapping):
        return ToolSettings()
    limits = {name: coerced(table[name], key) for name, key in ALL_TOOLS.items() if name in table}
    configs = {name: _config(name, own) for name, own in table.items() if name not in ALL_TOOLS}
    return ToolSettings(configs, **limits)


def tool_mistakes(table: Any) -> Mistakes:
    """Mistakes under `tools`: each key with the problem."""
    if not isinstance(table, Mapping):
        yield ("tools",), msg("tools must be a table")
        return
    for name, value in table.items():
        if name in ALL_TOOLS:
            yield from mistakes_in(("tools", name), value, ALL_TOOLS[name])
        elif isinstance(value, Mapping):
            yield from _mistakes_of(name, value)
        else:
            hint = aside(name, ALL_TOOLS)
            yield ("tools", name), msg("unknown key {name} in tools{aside}", name=name, aside=hint)


def listed_tools(document: Document | None) -> Iterator[Setting]:
    """All settings of tools in the file, with their lines."""
    table = document.get("tools") if document else None
    for name, value in (table or {}).items():
        for path, found in _leaves(name, value):
            origin = Origin("config", document=document, path=path)
            yield Setting(".".join(path), found, origin)


def expand(text: str, environ: Mapping[str, str], *, place: str) -> str:
    """Replaces variables in `text`; `place` is the setting to name in an error."""

    def value(found: re.Match[str]) -> str:
        name, default = found.groups()
        if environ.get(name):
            return environ[name]
        if default is None:
            problem = msg(
                "{place} needs the variable {name}, which is not set", place=place, name=name
            )
            raise ConfigError(
                problem,
                hint=msg("set {name}, or write ${{{name}:-}} if it may be empty", name=name),
            )
        return str(default)

    return REFERENCE.sub(value, text)


def shown_command(words: Sequence[str]) -> str:
    """One line of it, without keys and the passwords of addresses."""
    import shlex  # 1 ms, which an `ask` with such a table in its settings need not pay

    return shlex.join(
        masked_url(word) if "://" in word else without_plain_keys(word) for word in words
    )


def secrets_of(config: ToolConfig, environ: Mapping[str, str]) -> Iterator[str]:
    """What no output may repeat: values under a telling name, whether written or referred to, and
    what is plainly a key."""
    for name, value in (*config.env.items(), *config.headers.items()):
        if tells_secret(name):
            found = REFERENCE.sub(lambda m: environ.get(m[1]) or m[2] or "", value)
            yield from (word for word in found.split() if len(word) >= SHORTEST_SECRET)
    for text in (*config.args, config.url, *config.env.values(), *config.headers.values()):
        yield from plain_keys(text)
        for variable, _ in REFERENCE.findall(text):
            if tells_secret(variable) and len(environ.get(variable, "")) >= SHORTEST_SECRET:
                yield environ[variable]


def holds_key(document: Document) -> bool:
    """Whether a tool's table contains a secret."""
    configs = read_tools(document).configs.values()
    return any(True for config in configs for _ in secrets_of(config, {}))


def tool_type(table: Mapping[str, Any]) -> ToolType:
    """The type: as given, else `http` with a URL, else `stdio`."""
    if table.get("type"):
        return next(known for known in TYPES if known == table["type"])
    return "http" if table.get("url") else "stdio"


def _config(name: str, table: Mapping[str, Any]) -> ToolConfig:
    parameters = table.get("parameters", {})
    own = table.keys() - {"type", "parameters"}
    checked = {key: coerced(table[key], ONE_TOOL[key]) for key in own}
    return ToolConfig(name, tool_type(table), parameters=parameters, **checked)


def _mistakes_of(name: str, table: Mapping[str, Any]) -> Mistakes:
    path = ("tools", name)
    if not NAME.fullmatch(name):
        text = msg("{name!r} is not a valid tool name; {name_rule}", name=name, name_rule=NAME_RULE)
        yield path, text
    wrong = False
    for key, value in table.items():
        if key not in ONE_TOOL:
            hint = aside(key, ONE_TOOL)
            text = msg("unknown key {key} in tools.{name}{aside}", key=key, name=name, aside=hint)
            yield (*path, key), text
        elif not (key == "parameters" and isinstance(value, str)):
            found = list(mistakes_in((*path, key), value, ONE_TOOL[key]))
            wrong = wrong or bool(found)
            yield from found
    if not wrong:
        yield from ((path, text) for text in _missing(name, table))


def _missing(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """What its type requires and the table lacks."""
    kind = tool_type(table)
    if table.get("command") and table.get("url"):
        yield msg("tools.{name} has a command and a url; it can have only one of them", name=name)
    elif kind in REMOTE and not str(table.get("url") or "").strip():
        yield msg("tools.{name} needs a url", name=name)
    elif kind not in REMOTE and not str(table.get("command") or "").strip():
        yield msg("tools.{name} needs a command or a url", name=name)
    elif kind == "python" and not str(table["command"]).partition(":")[0].endswith(".py"):
        yield msg("tools.{name}.command must be FILE.py:FUNCTION", name=name)


def _leaves(name: str, value: Any) -> Iterator[tuple[Path, Any]]:
    if name in ALL_TOOLS or not isinstance(value, Mapping):
        yield ("tools", name), value
        return
    for key, found in value.items():
        yield ("tools", name, key), found


def tool_setting(document: Document | None, path: Path) -> Setting:
    """One setting under `tools`, or its default."""
    path = path[:3]
    key = ONE_TOOL[path[2]] if len(path) > 2 else ALL_TOOLS[path[1]]
    found = document.get(*path) if document else None
    if found is None:
        return Setting(".".join(path), key.default)
    return Setting(".".join(path), found, Origin("config", document=document, path=path))
