"""Reads and changes the settings file, for `llmchat config`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmchat.app.run.bare_context import BareContext
from llmchat.app.run.context import REGISTRY, Context, load_settings
from llmchat.errors import ConfigError, LlmchatError, NothingFound, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings import Setting, Settings, literal
from llmchat.settings.broken_settings import load_leniently
from llmchat.settings.checks.file import Problem, problems
from llmchat.settings.checks.variables import unknown_variables
from llmchat.settings.keys import CERTIFICATE_FILES, PROVIDER, TABLES, TOP, Key
from llmchat.settings.toml.document import Document, parse_document, read_document
from llmchat.settings.toml.editor import with_value, without
from llmchat.settings.toml.lines import parse_key
from llmchat.settings.toml.rewrite import rewrite
from llmchat.settings.values import BadValue, Origin, from_text, too_deep
from llmchat.system.opening import is_there
from llmchat.values.secret import MASK, tells_secret

KeyPath = tuple[str, ...]
LIST_HINT = msg("llmchat config list")

EMPTY_FILE = """\
# Settings of llmchat. `llmchat config list` shows every key, its value and where it comes from.

# provider = "gigachat"
# model = "GigaChat-2-Max"

# [providers.gigachat]
# scope = "GIGACHAT_API_PERS"

# [aliases]
# fast = "gigachat/GigaChat-2"
"""


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """A setting's place in the file and its allowed values, from the key that a person typed."""

    path: KeyPath
    key: Key
    leaf: str = ""  # the name inside a table such as options

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def holds_secret(self) -> bool:
        header = self.key.name in ("headers", "env") and tells_secret(self.leaf)
        return self.key.kind == "secret" or header


def find_place(text: str) -> SettingPlace:
    """Finds `theme`, `providers.openai.model`, `providers.openai.options.temperature`,
    `aliases.fast`."""
    path = parsed_path(text)
    if path[0] == "providers" and len(path) > 2:
        return _place(path, PROVIDER, 2)
    if path[0] == "tools" and len(path) > 1:
        from llmchat.settings.tools import ALL_TOOLS, ONE_TOOL

        return _place(path, ONE_TOOL, 2) if len(path) > 2 else _place(path, ALL_TOOLS, 1)
    return _place(path, TOP, 0)


def parsed_path(name: str) -> KeyPath:
    """Parses a key, or the name of a whole table: `providers.openai`, `aliases`."""
    try:
        path, end = parse_key(name)
    except (IndexError, ValueError):
        path, end = (), 0
    if end != len(name) or not path or not all(path):
        raise UsageError(msg("{name!r} is not a setting name", name=name), hint=LIST_HINT)
    return path


def _place(path: KeyPath, keys: dict[str, Key], depth: int) -> SettingPlace:
    name = path[depth]
    key = keys.get(name)
    if key is None:
        hint = aside(name, keys)
        raise UsageError(
            msg("there is no setting {path}{hint}", path=".".join(path), hint=hint), hint=LIST_HINT
        )
    if len(path) == depth + 1:
        return SettingPlace(path, key)
    if key.kind not in TABLES or len(path) > depth + 2:
        problem = msg("{path} has no settings below it", path=".".join(path[: depth + 1]))
        raise UsageError(problem, hint=LIST_HINT)
    return SettingPlace(path, key, path[-1])


def listed(context: Context) -> Iterator[Setting]:
    """All settings with their origins; keys are masked."""
    yield from context.settings.listed()
    if (document := context.settings.document) and document.get("tools"):
        from llmchat.settings.tools import listed_tools

        yield from listed_tools(document)
    for name in context.stored_names:
        if context.settings.key_origin(name) is None:
            yield Setting(f"providers.{name}.api_key", MASK, Origin("llmchat auth"))


def get(context: Context, name: str) -> Setting:
    """One setting; raises NothingFound if a table has no such entry."""
    place = find_place(name)
    settings = context.settings
    if place.path[0] == "providers":
        found = settings.of(place.path[1], place.key.name)
        if place.path[1] not in settings.names:
            problem = msg(
                "unknown provider {name}{aside}",
                name=place.path[1],
                aside=aside(place.path[1], settings.names),
            )
            raise UsageError(problem, hint=msg("llmchat models"))
    elif place.path[0] == "tools":
        from llmchat.settings.tools import tool_setting

        found = tool_setting(settings.document, place.path)
    else:
        found = settings.get(place.key.name)
    if not place.leaf:
        return found
    if place.leaf not in found.value:
        raise NothingFound(msg("{name} is not set", name=name), hint=LIST_HINT)
    return Setting(place.name, found.value[place.leaf], found.origin)


def put(context: BareContext, name: str, value: str) -> None:
    """Checks and writes one value; the rest of the file stays as it is."""
    place = find_place(name)
    if place.key.kind in TABLES and not place.leaf:
        problem = msg("{name} is a table; set its entries one by one", name=name)
        raise UsageError(problem, hint=msg("llmchat config set {name}.NAME VALUE", name=name))
    if place.holds_secret and "${" not in value:  # the name of a variable is not a secret
        value = _from_stdin(context, place, value)
    if place.key.name in CERTIFICATE_FILES and value and is_there(context.world.cwd / value):
        # Relative paths in the file are relative to its folder.
        value = str(context.world.cwd / value)
    written = _written(place, value)
    change_file(context, lambda text: with_value(text, place.path, written))
    if place.path[0] != "tools":  # tools are set only in the file
        _tell_who_wins(context, place)


def remove(context: BareContext, name: str) -> None:
    """Removes a value or a whole table from the file."""
    path = parsed_path(name)

    def change(text: str) -> str:
        changed = without(text, path)
        if changed == text:
            file = context.paths.config_file
            problem = msg("{name} is not set in {config_file}", name=name, config_file=file)
            raise NothingFound(problem, hint=LIST_HINT)
        return changed

    change_file(context, change)


def create(context: BareContext) -> Path:
    """Creates the settings file if there is none, with examples as comments."""
    path = context.paths.config_file
    if not is_there(path):
        rewrite(path, lambda text: text or EMPTY_FILE)
    return path


def validate(context: BareContext) -> tuple[str, ...]:
    """All mistakes in the file, the environment and the project's file, one line each."""
    found: list[str] = []
    document, path = None, context.paths.config_file
    try:
        document = read_document(path)
        mistakes = _mistakes(document) if document else []
        found += [
            msg("{path}:{line}: {text}", path=path, line=p.line, text=p.text) for p in mistakes
        ]
    except ConfigError as error:
        found.append(error.message)
    settings, errors = _asked_for(context.world.environ, None if found else document)
    found += [error.message for error in errors]
    if not found:
        try:  # the project's file
            found += load_settings(context, {}).warnings
        except ConfigError as error:
            found.append(error.message)
    return (*found, *unknown_variables(context.world.environ, sorted(settings.names)))


def _from_stdin(context: BareContext, place: SettingPlace, value: str) -> str:
    """Reads a key from stdin: on the command line it would be in the shell's history and the
    process list."""
    name = place.path[1]
    if value != "-":
        own = msg("llmchat auth {name}, or: ", name=name) if place.path[0] == "providers" else ""
        hint = msg("{own}llmchat config set {name} - < file", own=own, name=place.name)
        raise UsageError(msg("keys are not accepted on the command line"), hint=hint)
    from llmchat.app.terminal.key_input import from_stdin  # only for a key

    text = from_stdin(context.world.stdin, line=True).strip()
    if not text:
        raise UsageError(
            msg("no key on stdin"), hint=msg("llmchat config set {name} - < file", name=place.name)
        )
    return text


def _written(place: SettingPlace, value: str) -> Any:
    if place.leaf:
        written = value if place.key.kind == "texts_by" else literal(value)
        if written is None:
            raise UsageError(
                msg("null is not a TOML value"),
                hint=msg("llmchat config unset {name}", name=place.name),
            )
        return written
    try:
        checked = from_text(value, place.key)
    except BadValue as error:
        raise UsageError(
            str(error), hint=msg("llmchat config get {name}", name=place.name)
        ) from error
    if place.key.kind in ("secret", "size"):
        return value.strip()
    if isinstance(checked, float) and checked == int(checked):
        return int(checked)
    return list(checked) if isinstance(checked, tuple) else checked


def change_file(context: BareContext, edit: Callable[[str], str]) -> None:
    """Applies `edit` to the text of the file; raises an error for mistakes that were not there
    before."""
    path = context.paths.config_file

    def change(text: str) -> str:
        before = parse_document(text, path)
        try:
            edited = edit(text)
        except RecursionError:
            raise _not_written(too_deep()) from None
        after = parse_document(edited, path)
        _refuse_new(before, after)
        return after.text

    rewrite(path, change)


def _refuse_new(before: Document, after: Document) -> None:
    """Raises an error for a new mistake; old ones do not prevent a correction."""
    old = {problem.text for problem in _mistakes(before)}
    for problem in _mistakes(after):
        if problem.text not in old:
            raise _not_written(problem.text)


def _not_written(why: str) -> ConfigError:
    return ConfigError(msg("not written: {text}", text=why), hint=LIST_HINT)


def _mistakes(document: Document) -> list[Problem]:
    found = list(problems(document, REGISTRY.with_plugins({}, document.table).names))
    if found:
        return sorted(found, key=lambda problem: problem.line)
    _, errors = _asked_for({}, document)
    places = [error for error in errors if isinstance(error, ConfigError)]
    return [Problem(error.line, error.problem or error.message) for error in places]


def _asked_for(
    environ: Mapping[str, str], document: Document | None
) -> tuple[Settings, list[LlmchatError]]:
    """Reads every setting once; returns the errors without duplicates."""
    settings, errors = load_leniently(environ, document, registry=REGISTRY)
    found = {error.message: error for error in errors}
    for name in sorted(settings.names):
        try:
            settings.endpoint(name)
        except LlmchatError as error:
            found.setdefault(error.message, error)
    return settings, list(found.values())


def _tell_who_wins(context: BareContext, place: SettingPlace) -> None:
    """Says if the environment or the project overrides the value in the file."""
    try:
        settings = load_settings(context, {})
    except LlmchatError:
        return
    provider = place.path[1] if place.path[0] == "providers" else ""
    found = settings.of(provider, place.key.name) if provider else settings.get(place.key.name)
    if found.origin.source not in ("config", "default"):
        name, origin = place.name, found.origin
        context.report.warning(
            msg("{name} is saved, but {origin} takes precedence here", name=name, origin=origin)
        )
