"""Lists providers, models, health and balances; caches the services' lists of models.

Why: docs/decisions/0090-unknown-models-on-open-lists.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, StorageError, UsageError
from llmchat.inputs.tokens import window_of
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.providers import access_of, all_names, kind_of, load, unknown_provider
from llmchat.providers.base import Model, Provider
from llmchat.providers.presets import PRESETS
from llmchat.providers.unknown_names import unknown_model
from llmchat.store.private.files import change_private
from llmchat.system.opening import ROTTEN, read_regular
from llmchat.transport.local_servers import answering
from llmchat.values.endpoint import Endpoint, is_loopback
from llmchat.values.urls import host_of

LOCAL = "local"  # the provider whose models are files on this machine
LARGEST_LIST = 16 << 20  # bytes; the longest known list of models has a tenth of it

# What a provider needs, in words for people.
ACCESS = {
    "key": msg("key"),
    "keyless": msg("keyless"),
    "local": msg("local"),
    "offline": msg("offline"),
}


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that can be requested; `age` is that of the service's list, in seconds."""

    provider: str
    model: str
    access: str
    default: bool = False
    aliases: tuple[str, ...] = ()
    context: int | None = None
    working: bool = True
    signed_in: bool = False
    age: int | None = None
    note: str = ""
    state: str = ""  # running or not reachable, for a local server that was contacted

    @property
    def needs(self) -> str:
        """What its access means, in words."""
        return ACCESS.get(self.access, self.access)


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """The result of asking a service for its list: the number of models, or the error."""

    provider: str
    models: int = 0
    error: LlmchatError | None = None


@dataclass(frozen=True, slots=True)
class PackageBalance:
    """The tokens that are left of one model's package."""

    provider: str
    model: str
    tokens: float


def provider_names(context: Context, wanted: str = "") -> Sequence[str]:
    """All providers, or the wanted one."""
    known = tuple(dict.fromkeys((*all_names(), *context.settings.own_servers)))
    if not wanted:
        return known
    if wanted not in known:
        raise unknown_provider(wanted, known)
    return (wanted,)


def list_models(context: Context, wanted: str = "") -> list[ListedModel]:
    """The models that are known without asking any service."""
    return [row for name in provider_names(context, wanted) for row in _of(context, name)]


def with_states(context: Context, rows: Sequence[ListedModel]) -> list[ListedModel]:
    """The same after contacting the local servers of this machine."""
    addresses = dict(_local_addresses(context, dict.fromkeys(row.provider for row in rows)))
    running = answering(addresses)
    states = {
        name: msg("running") if name in running else msg("not reachable") for name in addresses
    }
    return [replace(row, state=states.get(row.provider, "")) for row in rows]


def _local_addresses(context: Context, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The addresses of local servers, as configured or with their usual port."""
    for name in names:
        configured = context.settings.configured(name)
        if access_of(name) == "local" and (configured or context.settings.enabled("find_local")):
            usual = PRESETS[name].base_url if name in PRESETS else ""
            address = context.settings.endpoint(name).base_url or usual
            if is_loopback(host_of(address)):
                yield name, address


def model_names(context: Context, provider: str) -> list[str]:
    """The names of a provider's models; none if the provider is unknown."""
    if provider not in provider_names(context):
        return []
    return [row.model for row in list_models(context, provider) if row.model]


async def refresh(context: Context, wanted: str) -> list[RefreshResult]:
    """Fetches the lists of models from all services that can be asked, concurrently."""
    providers = [context.provider(name) for name in provider_names(context, wanted)]
    chosen = [p for p in providers if wanted or _within_reach(context, p)]
    return await asyncio.gather(*(_refreshed(context, provider) for provider in chosen))


async def balance(context: Context, name: str) -> list[PackageBalance]:
    """What is left in an account; only GigaChat reports it."""
    from llmchat.providers.gigachat import GigaChat

    async with context.provider(name or GigaChat.name) as provider:
        if not isinstance(provider, GigaChat):
            raise UsageError(
                msg("{name} does not report a balance", name=name),
                hint=msg("llmchat models gigachat --balance"),
            )
        rows = await provider.balance()
    return [PackageBalance(provider.id, row.model, row.tokens) for row in rows]


async def _refreshed(context: Context, provider: Provider) -> RefreshResult:
    try:
        async with provider:
            models = await provider.list_models()
    except LlmchatError as error:
        return RefreshResult(provider.id, error=error)
    if provider.access in ("key", "local"):
        keep(context, provider.id, models)
    return RefreshResult(provider.id, len(models))


def _within_reach(context: Context, provider: Provider) -> bool:
    """Whether a service may be asked: there is a key, or it is a local server that was
    configured."""
    if provider.access == "local":
        return context.settings.configured(provider.id)
    return provider.access == "key" and provider.is_signed_in


def _of(context: Context, name: str) -> Iterable[ListedModel]:
    kind = kind_of(name)
    default = _default(context, name, kind)
    kept, age = kept_models(context, name)
    models = kept or [Model(m) for m in kind.models]
    age = age if kept else None  # an empty list does not replace the built-in one
    if name == LOCAL:
        models, age = _of_this_machine(context), None
        default = default or (models[0].id if models else "")
    if not models or (default and default not in [m.id for m in models]):
        models = [Model(default), *models]
    settings = context.settings
    signed_in = bool(settings.api_key(name) or settings.sign_in_origin(name))
    signed_in = signed_in or name in context.stored_names
    window = int(context.settings.of(name, "context").value)
    short = _short_names(context, name, kind)
    for model in models:
        yield ListedModel(
            provider=name,
            model=model.id,
            access=access_of(name),
            default=model.id == default,
            aliases=tuple(alias for alias, meant in short if meant == model.id),
            context=window or model.context or window_of(model.id) or None,
            working=not context.health.probably_closed(name, working=kind.working),
            signed_in=signed_in,
            age=age,
            note=model.note,
        )


def _of_this_machine(context: Context) -> list[Model]:
    """The model files on this machine; none if `local` is a server that the person configured."""
    from llmchat.app.local import model_names  # only when listing models

    if context.settings.endpoint(LOCAL).base_url:
        return []
    return list(map(Model, model_names(context)))


def _short_names(context: Context, name: str, kind: type[Provider]) -> list[tuple[str, str]]:
    """Other names of the models: the service's old names and the person's aliases."""
    chooser = context.settings.chooser
    own = [(alias, chooser.named(alias)) for alias in context.settings.aliases]
    meant = [(alias, model) for alias, (provider, model) in own if provider == name]
    return [*kind.model_aliases.items(), *meant]


def known_window(context: Context, name: str, model: str) -> int:
    """The model's context window in tokens: from the settings, else from the service's refusal of a
    longer request, else from its list; 0 if unknown. Without a model name, that of the first one
    listed."""
    configured = int(context.settings.of(name, "context").value)
    if configured:
        return configured
    if context.paths.windows.exists():
        from llmchat.store.state.context_windows import Windows  # only after a refusal

        windows = Windows(context.paths.windows, context.report.warning)
        learned = windows.find(name, model, context.world.clock.now())
        if learned.window:
            return learned.window
    if name == LOCAL:
        from llmchat.app.local import window  # only for a model of this machine

        return window(context, model)
    kept, _ = kept_models(context, name)
    return next((m.context or 0 for m in kept if m.id == model or not model), 0)


def check_model(context: Context) -> None:
    """Raises an error if the provider has a fixed list of models without this one."""
    target = context.settings.target()
    if target.model and target.provider in all_names():
        kind = load(target.provider)
        known = (*kind.models, *kind.model_aliases)
        if kind.closed_models and target.model not in known:
            raise unknown_model(target.provider, target.model, kind.models)


def suggest_model(context: Context, name: str, model: str) -> str:
    """A suggestion if the service's list does not have the model but one with a similar name; else
    ""."""
    models, age = kept_models(context, name)
    known = [m.id for m in models]
    kind = kind_of(name)
    if not model or age is None or model in (*known, *kind.model_aliases) or name == LOCAL:
        return ""
    if any(listed.partition(":")[0] == model for listed in known):  # ollama's names have a tag
        return ""
    if not (meant := aside(model, known)):
        return ""
    return msg(
        "{model} is not in the model list of {name}{meant}; trying anyway",
        model=model,
        name=name,
        meant=meant,
    )


def _default(context: Context, name: str, kind: type[Provider]) -> str:
    endpoint: Endpoint = context.settings.endpoint(name)
    own = PRESETS[name].model if name in PRESETS else kind.default_model
    return kind.model_aliases.get(endpoint.model, endpoint.model) or own


def keep(context: Context, name: str, models: Sequence[Model]) -> None:
    """Caches a list of models; if that fails, it is fetched again next time."""
    path = context.paths.model_list(name)
    rows = {"fetched": context.world.clock.now(), "models": [asdict(m) for m in models]}
    content = json.dumps(rows, ensure_ascii=False).encode(errors="replace")  # a lone surrogate
    try:
        change_private(path, lambda _: content)
    except StorageError as error:
        context.report.warning(
            msg("the model list was not saved: {message}", message=error.message)
        )


def kept_models(context: Context, name: str) -> tuple[list[Model], int | None]:
    """The cached list of a service, and its age."""
    try:
        rows = json.loads(read_regular(context.paths.model_list(name), LARGEST_LIST))
        models = [Model(**row) for row in rows["models"]]
        return models, max(0, round(context.world.clock.now() - rows["fetched"]))
    except ROTTEN:
        from llmchat.store.damaged_files import set_aside  # only if it is damaged

        set_aside(context.paths.model_list(name), context.report.warning)
    except OSError:
        pass
    return [], None
