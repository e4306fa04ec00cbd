"""Loads and checks the provider classes of plugins, and wraps their errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import Any, get_args

from llmchat.errors import LlmchatError, NotAnAnswer, Stopped, Unavailable
from llmchat.language import msg
from llmchat.providers.base import Access, Model, Provider
from llmchat.providers.stages import Events
from llmchat.system.entry_points import EntryPoint
from llmchat.system.loading import failure, failure_again, load_object, raised
from llmchat.transport.dry_run import WouldSend
from llmchat.values.messages import Request

_fenced: dict[tuple[str, str, str], type[Provider]] = {}


def load_from_plugin(entry: EntryPoint) -> type[Provider]:
    """The class; if it cannot be used, a stand-in that raises the reason when it is asked."""
    try:
        return plugin_class(entry)
    except LlmchatError as error:
        return _stand_in(entry, error)


def plugin_class(entry: EntryPoint) -> type[Provider]:
    """The class; raises Unavailable if there is none that can be used."""
    if entry.key not in _fenced:
        kind = load_object(entry)
        if not (isinstance(kind, type) and issubclass(kind, Provider)):
            raise failure(entry, msg("it is not a class derived from llmchat.plugin.Provider"))
        for attribute in ("name", "label", "url", "access"):
            if not isinstance(getattr(kind, attribute, None), str):
                raise failure(
                    entry, msg("its class does not declare {attribute}", attribute=attribute)
                )
        if kind.access not in get_args(Access):
            raise failure(
                entry, msg("access must be one of {get_args}", get_args=", ".join(get_args(Access)))
            )
        _fenced[entry.key] = _fence(kind, entry)
    return _fenced[entry.key]


def _stand_in(entry: EntryPoint, error: LlmchatError) -> type[Provider]:
    """A class with which lists and fallbacks still work; asking it raises the error."""

    def check_key(self: Any) -> None:
        raise failure_again(error)

    said = {"name": entry.name, "label": entry.name, "url": "", "access": "key"}
    said["fault"] = error.message
    return type("BrokenProvider", (Provider,), {**said, "check_key": check_key})


def _fence(kind: type[Provider], entry: EntryPoint) -> type[Provider]:
    """A subclass that turns exceptions of the plugin into errors with the plugin's name."""

    def __init__(self: Any, *given: Any, **more: Any) -> None:
        with _told_as(Unavailable, entry):
            kind.__init__(self, *given, **more)

    async def exchange(self: Any, request: Request) -> Events:
        with _told_as(NotAnAnswer, entry):
            async with aclosing(kind.exchange(self, request)) as events:
                async for event in events:
                    yield event

    async def list_models(self: Any) -> tuple[Model, ...]:
        with _told_as(NotAnAnswer, entry):
            return await kind.list_models(self)

    fenced = {"__init__": __init__, "exchange": exchange, "list_models": list_models}
    return type(kind.__name__, (kind,), {**fenced, "__module__": kind.__module__})


@contextmanager
def _told_as(error_kind: type[LlmchatError], entry: EntryPoint) -> Iterator[None]:
    """Turns an exception of a plugin into an error of this kind, which names the plugin."""
    try:
        yield
    except (LlmchatError, Stopped, WouldSend):
        raise
    except (Exception, SystemExit) as error:  # `sys.exit` would end `serve` or a batch
        told = failure(entry, raised(error))
        raise error_kind(told.message, hint=told.hint) from error
