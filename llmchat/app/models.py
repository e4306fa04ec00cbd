"""What can be asked: providers, their models, their health; lists of services are kept with their
age."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from llmchat.app.run import Run
from llmchat.endpoint import Endpoint
from llmchat.errors import LlmchatError, UsageError
from llmchat.providers import NAMES, access_of, load
from llmchat.providers.base import Model, Provider
from llmchat.providers.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Listed:
    """One model that can be asked for; `age` is that of a service's own list, in seconds."""

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


def names_in(run: Run, wanted: str) -> Sequence[str]:
    """All providers, or the one that is wanted."""
    known = (*NAMES, *(n for n in run.settings.own_servers if n not in NAMES))
    if not wanted:
        return known
    if wanted not in known:
        from difflib import get_close_matches  # only for the error: 2 ms

        near = get_close_matches(wanted, known, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "llmchat models lists them"
        raise UsageError(f"there is no provider {wanted!r}", hint=hint)
    return (wanted,)


def listed(run: Run, wanted: str) -> list[Listed]:
    """What is known without asking anybody."""
    return [row for name in names_in(run, wanted) for row in _of(run, name)]


async def refresh(run: Run, wanted: str) -> list[tuple[str, LlmchatError]]:
    """Asks each service that is within reach for its list; returns those that did not answer."""
    failed = []
    for name in names_in(run, wanted):
        provider = run.provider(name)
        if not (wanted or _within_reach(run, provider)):
            continue
        try:
            async with provider:
                models = await provider.list_models()
            if provider.access in ("key", "local"):
                keep(run, name, models)
        except LlmchatError as error:
            failed.append((name, error))
    return failed


def _within_reach(run: Run, provider: Provider) -> bool:
    """A key, or a local server that somebody set up; nobody else is bothered."""
    if provider.access == "local":
        return run.settings.configured(provider.id)
    return provider.access == "key" and provider.endpoint.api_key is not None


def _of(run: Run, name: str) -> Iterable[Listed]:
    kind = load(name if name in NAMES else "openai")
    default = _default(run, name, kind)
    kept, age = kept_models(run, name)
    models = kept or [Model(m) for m in kind.models]
    if not models or (default and default not in [m.id for m in models]):
        models = [Model(default), *models]
    signed_in = bool(run.settings.api_key(name)) or name in run.stored_names
    for model in models:
        yield Listed(
            provider=name,
            model=model.id,
            access=access_of(name),
            default=model.id == default,
            aliases=tuple(a for a, target in kind.model_aliases.items() if target == model.id),
            context=model.context,
            working=kind.working,
            signed_in=signed_in,
            age=age,
            note=model.note,
        )


def _default(run: Run, name: str, kind: type[Provider]) -> str:
    endpoint: Endpoint = run.settings.endpoint(name)
    own = PRESETS[name].model if name in PRESETS else kind.default_model
    return kind.model_aliases.get(endpoint.model, endpoint.model) or own


def keep(run: Run, name: str, models: Sequence[Model]) -> None:
    """A list that cannot be kept is asked for again, no more."""
    path = _place(run.paths.models, name)
    rows = {"fetched": run.world.clock.now(), "models": [asdict(m) for m in models]}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        draft.replace(path)
    except OSError as error:
        run.report.warning(f"the list of models is not kept: {error.strerror}")


def kept_models(run: Run, name: str) -> tuple[list[Model], int | None]:
    """The list that a service gave last, and how old it is."""
    try:
        rows = json.loads(_place(run.paths.models, name).read_text("utf-8"))
        models = [Model(**row) for row in rows["models"]]
        return models, max(0, round(run.world.clock.now() - rows["fetched"]))
    except (OSError, ValueError, KeyError, TypeError):
        return [], None


def _place(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
