"""Finds the providers for a model's id: `provider/model`, an alias, `default` or `auto`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmchat.app.ask.candidates import (
    AUTO,
    auto_model,
    candidate_names,
    found_locally,
    is_signed_in,
    set_up,
)
from llmchat.app.models import list_models, provider_names
from llmchat.app.run.context import Context
from llmchat.app.serve.lists import ModelLists
from llmchat.app.serve.options import ServeOptions
from llmchat.errors import UnknownModel, UsageError
from llmchat.language import msg
from llmchat.language.nearest import suggestion
from llmchat.providers import PLUGGED, access_of, unknown_provider

DEFAULT = "default"
DEMO = "demo"

Meant = Sequence[tuple[str, str]]  # providers in order, each with the model to request


class ServedModels:
    """The models that the server offers, by the settings as last read."""

    def __init__(self, context: Context, options: ServeOptions) -> None:
        self._context = context
        known = provider_names(context)
        for name in (*options.providers, *options.keyless):
            if name not in known:
                raise unknown_provider(name, known)
        for name in options.keyless:
            if access_of(name) != "keyless":
                raise UsageError(
                    msg("{name} is not a keyless service", name=name), hint=f"-p {name}"
                )
        self.names = tuple(dict.fromkeys((*self._named(options), *options.keyless)))
        closed = [n for n in self.names if access_of(n) == "keyless" and n not in options.keyless]
        if closed:
            first = closed[0]
            problem = msg(
                "{closed} is a third-party website, and is served only when named", closed=first
            )
            raise UsageError(problem, hint=msg("--allow-keyless {closed}", closed=first))
        self.by_name: dict[str, list[str]] = {}
        for name in self.names:
            self._learn(name)
        self.lists = ModelLists(context, self.names, self._learn)
        self._only = bool(options.providers)

    def _learn(self, name: str) -> None:
        self.by_name[name] = [row.model for row in list_models(self._context, name)]

    def _named(self, options: ServeOptions) -> Sequence[str]:
        if options.providers:
            return options.providers
        own = set_up(self._context) or found_locally(self._context)
        # Providers of plugins are only asked by name.
        plugged = (
            n for n in PLUGGED if access_of(n) == "offline" or is_signed_in(self._context, n)
        )
        return (*own, *plugged, DEMO)

    def ids(self) -> Iterator[str]:
        yield from (DEFAULT, AUTO)
        for alias in self._context.settings.aliases:
            if self._context.settings.chooser.named(alias)[0] in self.names:
                yield alias
        for name, models in self.by_name.items():
            yield from (f"{name}/{model}" for model in models if model)

    def find(self, wanted: str) -> Meant:
        """The providers and models for an id; raises an error for one that is not offered."""
        if wanted in ("", DEFAULT):
            if self._context.settings.target().provider in self.names and not self._only:
                names = [n for n in candidate_names(self._context) if n in self.names]
                return [(name, auto_model(self._context, name)) for name in names]
            wanted = AUTO
        if wanted == AUTO:
            ours = [name for name in self.names if name not in PLUGGED]
            real = [name for name in ours if name != DEMO] or ours or list(self.names)
            return [(name, auto_model(self._context, name)) for name in real]
        if wanted in self.names:
            return [(wanted, auto_model(self._context, wanted))]
        provider, model = self._context.settings.chooser.named(wanted)
        if provider in self.names:
            return [(provider, model)]
        having = [name for name, models in self.by_name.items() if model in models]
        if not provider and (len(having) == 1 or len(self.names) == 1):
            return [((having or self.names)[0], model)]
        near = suggestion(wanted, list(self.ids()))
        problem = msg("this server has no model {wanted!r}", wanted=wanted)
        if near:
            problem = msg("this server has no model {wanted!r}; {near}", wanted=wanted, near=near)
        raise UnknownModel(problem, hint=msg("GET /v1/models lists them"))
