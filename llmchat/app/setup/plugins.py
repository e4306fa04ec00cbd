"""Lists, enables, disables and checks plugins, and loads what the enabled ones provide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmchat.errors import ConfigError, LlmchatError, NothingFound, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.providers import NAMES
from llmchat.settings.registry import enabled_names
from llmchat.settings.tools import NAME, ToolConfig
from llmchat.system.entry_points import EntryPoint, installed, normal
from llmchat.system.loading import failure, folder_of, load_object, source_of

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.plugin import PluginCommand

LIST_HINT = msg("llmchat plugins list")
Taken = Mapping[str, Collection[str]]  # built-in names, by kind


@dataclass(frozen=True, slots=True)
class ListedPlugin:
    """One entry point of an installed plugin."""

    name: str
    kind: str  # provider, tool, command or template
    distribution: str
    version: str
    enabled: bool
    problem: str  # why it cannot be used; "" if nothing is known to be wrong


@dataclass(frozen=True, slots=True)
class PluginCheck:
    """The result of importing and testing one entry point."""

    entry: EntryPoint
    problems: tuple[str, ...]
    note: str = ""


def list_plugins(context: BareContext, taken: Taken) -> list[ListedPlugin]:
    """All installed plugins, without importing them."""
    enabled = {entry.key for entry in context.resources.plugins}
    return [
        ListedPlugin(e.name, e.kind, e.distribution, e.version, e.key in enabled, problem)
        for e, problem in _with_problems(installed(), taken)
    ]


def missing(context: BareContext) -> list[str]:
    """Enabled names that no installed plugin has."""
    known = {entry.distribution for entry in installed()}
    return [name for name in _enabled(context) if normal(name) not in known]


def enable(
    context: BareContext, name: str, taken: Taken
) -> tuple[str, list[tuple[EntryPoint, str]]]:
    """Adds a plugin's distribution to config.toml; returns its name and its entry points, each with
    the reason if it cannot be used."""
    entries = _meant(name)
    distribution = entries[0].distribution
    listed = _enabled(context)
    if distribution not in listed:
        _write(context, [*listed, distribution])
    return distribution, list(_with_problems(entries, taken))


def disable(context: BareContext, name: str) -> str:
    """Removes a plugin from config.toml, whether it is still installed or not."""
    listed = _enabled(context)
    own = {e.distribution for e in installed() if name in (e.name, e.distribution)}
    gone = {n for n in listed if normal(n) == normal(name) or n in own}
    if not gone:
        raise NothingFound(
            msg("plugin {name} is not enabled{aside}", name=name, aside=aside(name, listed)),
            hint=LIST_HINT,
        )
    try:
        _write(context, [n for n in listed if n not in gone])
    except ConfigError as error:
        error.hint = msg("remove that from the settings first: llmchat config edit")
        raise
    return ", ".join(sorted(gone))


def check(context: BareContext, name: str, taken: Taken) -> list[PluginCheck]:
    """Imports and tests one plugin, enabled or not; without a name, all enabled ones."""
    entries = _meant(name) if name else list(context.resources.plugins)
    if not entries:
        raise NothingFound(msg("no plugin is enabled"), hint=msg("llmchat plugins check NAME"))
    return [
        PluginCheck(entry, (problem,)) if problem else _checked(entry)
        for entry, problem in _with_problems(entries, taken)
    ]


def plugin_tools(context: BareContext, taken: Collection[str]) -> Iterator[ToolConfig]:
    """Functions of enabled plugins as tables of config.toml; names in the file take precedence."""
    for entry in _of(context, "tool"):
        try:
            path, function = source_of(entry)
        except LlmchatError as error:
            context.report.warning(error.message)
            continue
        if entry.name in taken or not NAME.fullmatch(entry.name):
            context.report.warning(
                msg(
                    "plugin {distribution}: its tool {name} is ignored",
                    distribution=entry.distribution,
                    name=entry.name,
                )
            )
            continue
        yield ToolConfig(entry.name, "python", command=f"{path}:{function}")


def template_folders(context: BareContext) -> tuple[Path, ...]:
    """The template folders of enabled plugins."""
    found = []
    for entry in _of(context, "template"):
        try:
            found.append(folder_of(entry))
        except LlmchatError as error:
            context.report.warning(error.message)
    return tuple(found)


def plugin_command(context: BareContext, name: str) -> EntryPoint | None:
    """The enabled plugin's command of that name; None if there is none."""
    return next((entry for entry in _of(context, "command") if entry.name == name), None)


def load_plugin_command(entry: EntryPoint) -> PluginCommand:
    """Imports a plugin's command, which runs its code."""
    from llmchat.plugin import PluginCommand

    command = load_object(entry)
    if not isinstance(command, PluginCommand):
        raise failure(entry, msg("it is not a PluginCommand"))
    return command


def _of(context: BareContext, kind: str) -> list[EntryPoint]:
    """The enabled entry points of a kind, without duplicate names."""
    found: dict[str, EntryPoint] = {}
    for entry in context.resources.plugins:
        if entry.kind == kind:
            found.setdefault(entry.name, entry)
    return list(found.values())


def _with_problems(entries: Sequence[EntryPoint], taken: Taken) -> Iterator[tuple[EntryPoint, str]]:
    ours = {**taken, "provider": NAMES}
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        first = seen.setdefault((entry.kind, entry.name), entry.distribution)
        kind, problem = msg(entry.kind), ""
        if entry.name in ours.get(entry.kind, ()):
            problem = msg(
                "llmchat already has a {kind} of that name, which takes precedence", kind=kind
            )
        elif first != entry.distribution:
            problem = msg("{first} also has a {kind} of that name", first=first, kind=kind)
        yield entry, problem


def _meant(name: str) -> list[EntryPoint]:
    """The entry points of the distribution that a person named, directly or by one of its entry
    points."""
    found = installed()
    own = {e.distribution for e in found if e.distribution == normal(name)}
    own = own or {e.distribution for e in found if e.name == name}
    if len(own) > 1:
        problem = msg("{name} is in several plugins: {own}", name=name, own=", ".join(sorted(own)))
        raise UsageError(problem, hint=msg("llmchat plugins enable {own}", own=min(own)))
    if not own:
        known = {n for e in found for n in (e.distribution, e.name)}
        problem = msg("no plugin {name} is installed{aside}", name=name, aside=aside(name, known))
        raise UsageError(
            problem, hint=msg("{list_hint}, or install it alongside llmchat", list_hint=LIST_HINT)
        )
    return [e for e in found if e.distribution in own]


def _checked(entry: EntryPoint) -> PluginCheck:
    check = {
        "provider": _checked_provider,
        "command": _checked_command,
        "template": _checked_templates,
        "tool": _checked_tool,
    }[entry.kind]
    try:
        return check(entry)
    except LlmchatError as error:
        return PluginCheck(entry, (error.message,))


def _checked_provider(entry: EntryPoint) -> PluginCheck:
    from llmchat.plugin.testing import breaches
    from llmchat.providers.from_plugins import plugin_class

    kind = plugin_class(entry)
    if kind.name != entry.name:
        return PluginCheck(entry, (msg("its class is named {name!r}", name=kind.name),))
    sample = getattr(kind, "sample", None)
    if kind.access != "offline" and sample is None:
        return PluginCheck(entry, (), msg("imported; without a sample its answers are not tested"))
    return PluginCheck(entry, tuple(breaches(kind)), msg("its answers meet the contract"))


def _checked_command(entry: EntryPoint) -> PluginCheck:
    from llmchat.plugin import PluginCommand

    command = load_object(entry)
    problems: tuple[str, ...] = ()
    if not isinstance(command, PluginCommand):
        problems = (msg("it is not a PluginCommand"),)
    elif not (command.in_session or command.on_command_line):
        problems = (msg("it runs neither in the session nor on the command line"),)
    return PluginCheck(entry, problems)


def _checked_templates(entry: EntryPoint) -> PluginCheck:
    from llmchat.templates import find_template, template_names

    folder = folder_of(entry)
    names = template_names(folder, shipped=False)
    for name in names:
        find_template(name, folder)
    if not names:
        raise failure(entry, msg("there are no .md files in {folder}", folder=folder))
    return PluginCheck(entry, (), ", ".join(names))


def _checked_tool(entry: EntryPoint) -> PluginCheck:
    from llmchat.tools.functions import FunctionFile

    path, function = source_of(entry)
    config = ToolConfig(entry.name, "python", command=f"{path}:{function}")
    FunctionFile(config, path, only=function, environ={}, most=0)
    return PluginCheck(entry, (), msg("the function {function}", function=function))


def _enabled(context: BareContext) -> list[str]:
    """The enabled plugins, as listed in config.toml."""
    from llmchat.settings.toml.document import read_document

    document = read_document(context.paths.config_file)
    return enabled_names({}, document.table if document else {})


def _write(context: BareContext, names: list[str]) -> None:
    from llmchat.app.setup.config import change_file
    from llmchat.settings.toml.editor import with_value

    change_file(context, lambda text: with_value(text, ("plugins",), names))
