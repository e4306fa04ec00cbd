"""The providers as the settings see them: names, access, key variables, and what plugins add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from llmchat.system.entry_points import EntryPoint

PLUGINS = "LLMCHAT_PLUGINS"


class Registry(NamedTuple):  # a dataclass costs every start 0.4 ms
    names: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    key_variables: Mapping[str, tuple[str, ...]] = {}  # by provider
    plugins: tuple[EntryPoint, ...] = ()

    def with_plugins(self, environ: Mapping[str, str], table: Mapping[str, Any]) -> Registry:
        """The same with the providers of the enabled plugins; a built-in name stays ours. They are
        third parties to a project, which cannot choose them."""
        found = enabled_plugins(environ, table)
        if not found:
            return self
        named = dict.fromkeys(entry.name for entry in found if entry.kind == "provider")
        own = tuple(name for name in named if name not in self.names)
        names, keyless = (*self.names, *own), (*self.keyless, *own)
        return self._replace(names=names, keyless=keyless, plugins=found)

    def only_in_file(self, environ: Mapping[str, str], table: Mapping[str, Any]) -> frozenset[str]:
        """Providers of plugins that the file enables and the environment switches off: what the
        settings say of them is for nobody else."""
        if not environ.get(PLUGINS, "").strip():
            return frozenset()
        known = self.with_plugins({}, table).names
        return frozenset(known) - frozenset(self.with_plugins(environ, table).names)

    @property
    def plugged(self) -> dict[str, EntryPoint]:
        """The providers of plugins, by name; the first one has it."""
        found: dict[str, EntryPoint] = {}
        for entry in self.plugins:
            if entry.kind == "provider":
                found.setdefault(entry.name, entry)
        return found


def enabled_plugins(environ: Mapping[str, str], table: Mapping[str, Any]) -> tuple[EntryPoint, ...]:
    """The entry points of the enabled plugins; costs nothing if none is enabled."""
    names = enabled_names(environ, table)
    if not names:
        return ()
    from llmchat.system.entry_points import enabled  # folders are read

    return tuple(enabled(names))


def enabled_names(environ: Mapping[str, str], table: Mapping[str, Any]) -> list[str]:
    """The plugins enabled by LLMCHAT_PLUGINS (`none`: none) or config.toml, never by a project."""
    if given := environ.get(PLUGINS, "").strip():
        names = [name.strip() for name in given.split(",") if name.strip()]
        return [] if "none" in names else names
    listed = table.get("plugins")
    return [n for n in listed if isinstance(n, str) and n] if isinstance(listed, list) else []
