"""The registry: listing names imports nothing, `load(name)` imports one provider.

A new provider is one file beside this one, one line in `PLACES` and one test file. The classes can
be imported from here as well: `from llmchat.providers import GigaChat`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llmchat.errors import MissingAuthError, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.providers.presets import PRESETS
from llmchat.settings.registry import hint_to_enable
from llmchat.values.secret import may_be_key

if TYPE_CHECKING:
    from llmchat.providers.base import Provider
    from llmchat.system.entry_points import EntryPoint

PLACES = {  # name: (module, class, access), in the order shown to people
    "gigachat": ("gigachat", "GigaChat", "key"),
    "chatglm": ("keyless.chatglm", "ChatGLM", "keyless"),
    "yqcloud": ("keyless.yqcloud", "Yqcloud", "keyless"),
    "chatgptt": ("keyless.chatgptt", "ChatGptt", "keyless"),
    **{name: ("openai", "OpenAI", preset.access) for name, preset in PRESETS.items()},
    "local": ("local.service", "Local", "local"),
    "demo": ("demo.service", "Demo", "offline"),
}
CLASSES = {place[1]: place[0] for place in PLACES.values()}
# Other types that `create_async_generator` yields besides texts and pictures.
YIELDED = {"Conversation": "keyless.yqcloud", "FinishReason": "keywords"}
NAMES = tuple(PLACES)
KEYLESS = tuple(name for name, place in PLACES.items() if place[2] == "keyless")
LOCAL = tuple(name for name, place in PLACES.items() if place[2] == "local")
PLUGGED: dict[str, EntryPoint] = {}  # the providers of enabled plugins
KEY_VARIABLES = {name: preset.keys for name, preset in PRESETS.items() if preset.keys}

__all__ = [  # the classes are made by __getattr__
    "KEYLESS",
    "KEY_VARIABLES",
    "LOCAL",
    "NAMES",
    "ChatGLM",
    "ChatGptt",
    "Conversation",
    "Demo",
    "FinishReason",
    "GigaChat",
    "Local",
    "MissingAuthError",
    "OpenAI",
    "Yqcloud",
    "access_of",
    "all_names",
    "faults",
    "kind_of",
    "load",
    "plug",
    "unknown_provider",
]


def load(name: str) -> type[Provider]:
    """The class of a provider; for a name that is not built in, that of a user's own server."""
    if name not in PLACES:
        if name in PLUGGED:
            from llmchat.providers.from_plugins import load_from_plugin  # imports a plugin's code

            return load_from_plugin(PLUGGED[name])
        raise unknown_provider(name, all_names())
    module, cls, _ = PLACES[name]
    found: type[Provider] = getattr(import_module(f"llmchat.providers.{module}"), cls)
    return found


def plug(found: Mapping[str, EntryPoint]) -> None:
    """Adds the providers of plugins; they cannot replace built-in ones."""
    PLUGGED.clear()
    PLUGGED.update((name, entry) for name, entry in found.items() if name not in PLACES)


def all_names() -> tuple[str, ...]:
    """The names of built-in providers, then those of plugins."""
    return (*NAMES, *PLUGGED)


def faults(names: Iterable[str]) -> list[str]:
    """A line for each of these providers that comes from a plugin and cannot be used."""
    kinds = [load(name) for name in dict.fromkeys(names) if name in PLUGGED]
    return [kind.fault for kind in kinds if hasattr(kind, "fault")]


def kind_of(name: str) -> type[Provider]:
    """The class for any name; an unregistered name is a person's own server."""
    return load(name if name in PLACES or name in PLUGGED else "openai")


def unknown_provider(name: str, known: Iterable[str]) -> UsageError:
    """The error for an unknown name; one that may be a key is not repeated."""
    secret = may_be_key(name)
    said = msg("of that name") if secret else name
    meant = "" if secret else aside(name, known)
    problem = msg("unknown provider {name}{aside}", name=said, aside=meant)
    return UsageError(problem, hint=hint_to_enable("provider", name) or msg("llmchat models"))


def access_of(name: str) -> str:
    """key, keyless, local or offline; a user's own server counts as local."""
    if name in PLUGGED:
        return load(name).access
    return PLACES[name][2] if name in PLACES else "local"


def __getattr__(name: str) -> Any:
    module = CLASSES.get(name) or YIELDED.get(name)
    if module:
        return getattr(import_module(f"llmchat.providers.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def takes_tools(name: str) -> bool:
    """Whether a provider's models may call tools; those of a person's own server may."""
    return kind_of(name).supports_tools
