"""What the settings know of providers: names, access, key variables, and those of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.system.entry_points import EntryPoint

PLUGINS = "LLMCHAT_PLUGINS"


class Registry(NamedTuple):  # a dataclass adds 0.4 ms to every start
    names: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    key_variables: Mapping[str, tuple[str, ...]] = {}  # by provider
    plugins: tuple[EntryPoint, ...] = ()

    def with_plugins(self, environ: Mapping[str, str], table: Mapping[str, Any]) -> Registry:
        """The registry with the providers of enabled plugins; built-in names take precedence. A
        project cannot choose them, as they count as third parties."""
        found = enabled_plugins(environ, table)
        if not found:
            return self
        named = dict.fromkeys(entry.name for entry in found if entry.kind == "provider")
        own = tuple(name for name in named if name not in self.names)
        names, keyless = (*self.names, *own), (*self.keyless, *own)
        return self._replace(names=names, keyless=keyless, plugins=found)

    def only_in_file(self, environ: Mapping[str, str], table: Mapping[str, Any]) -> frozenset[str]:
        """Providers of plugins that the file enables but the environment disables: settings for
        them must not be used for anything else."""
        if not environ.get(PLUGINS, "").strip():
            return frozenset()
        known = self.with_plugins({}, table).names
        return frozenset(known) - frozenset(self.with_plugins(environ, table).names)

    @property
    def plugged(self) -> dict[str, EntryPoint]:
        """The providers of plugins by name; the first of several is used."""
        found: dict[str, EntryPoint] = {}
        for entry in self.plugins:
            if entry.kind == "provider":
                found.setdefault(entry.name, entry)
        return found


def enabled_plugins(environ: Mapping[str, str], table: Mapping[str, Any]) -> tuple[EntryPoint, ...]:
    """The entry points of enabled plugins; free if none is enabled."""
    names = enabled_names(environ, table)
    if not names:
        return ()
    from llmchat.system.entry_points import enabled  # reads folders

    return tuple(enabled(names))


def enabled_names(environ: Mapping[str, str], table: Mapping[str, Any]) -> list[str]:
    """The plugins enabled by LLMCHAT_PLUGINS (`none` disables all) or config.toml, never by a
    project."""
    if given := environ.get(PLUGINS, "").strip():
        names = [name.strip() for name in given.split(",") if name.strip()]
        return [] if "none" in names else names
    listed = table.get("plugins")
    return [n for n in listed if isinstance(n, str) and n] if isinstance(listed, list) else []


def hint_to_enable(kind: str, name: str) -> str:
    """How to enable the installed plugin that an unknown name belongs to; "" if it is in none."""
    from llmchat.system.entry_points import installed  # reads folders, only for the error

    for entry in installed():
        if (entry.kind, entry.name) == (kind, name):
            return msg(
                "it is in the plugin {name}, which is not enabled: llmchat plugins enable {name}",
                name=entry.distribution,
            )
    return ""
