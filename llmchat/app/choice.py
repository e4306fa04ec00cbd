"""Who is asked: one provider, `auto`, or several in turn."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.app.run import Run
from llmchat.errors import UnknownModel
from llmchat.failover import Admit, Answerer, Candidate, Failover
from llmchat.providers import KEYLESS, NAMES, access_of, load

NEXT_STEP = "llmchat auth gigachat signs in, a local server needs no key, -p demo needs nothing"
AUTO = "auto"


def chosen(run: Run) -> list[str]:
    """Those that may be asked, in their order."""
    target = run.settings.target()
    names = [target.provider] if target.provider != AUTO else auto_order(run, target.model)
    return names + [name for name in run.settings.stand_ins if name not in names]


def answerer(run: Run, *, admit: Admit, names: Sequence[str] = ()) -> Answerer:
    """A provider that nobody may stand in for is asked without a go-between."""
    names = names or chosen(run)
    if len(names) == 1 and access_of(names[0]) != "keyless":
        return run.provider(names[0])
    return Failover(
        [_candidate(run, name, auto_model(run, name)) for name in names],
        admit=admit,
        ticks=run.world.clock.ticks,
        hint=NEXT_STEP,
    )


def auto_model(run: Run, name: str) -> str:
    """The model that is asked for at one provider: a model named for `auto` holds for all."""
    target = run.settings.target()
    if target.provider in (AUTO, name):
        return target.model
    return str(run.settings.chooser.model_for(name).value)


def auto_order(run: Run, model: str) -> list[str]:
    """The signed-in ones and the configured local ones; only where there are none, the keyless
    ones in the order of their health."""
    own = [name for name in NAMES if _signed_in(run, name)]
    own += [name for name in (*NAMES, *run.settings.own_servers) if _set_up_locally(run, name)]
    own = list(dict.fromkeys(own))
    return own or _knowing(model, run.health.rank(KEYLESS, run.world.clock.now()))


def _candidate(run: Run, name: str, model: str) -> Candidate:
    return Candidate(name, access_of(name), lambda: run.provider(name), model)


def _signed_in(run: Run, name: str) -> bool:
    if access_of(name) != "key":
        return False
    settings = run.settings
    return bool(settings.api_key(name) or settings.key_command(name) or name in run.stored_names)


def _set_up_locally(run: Run, name: str) -> bool:
    return access_of(name) == "local" and run.settings.configured(name)


def _knowing(model: str, names: Sequence[str]) -> list[str]:
    """Those that can have the model at all."""
    if not model:
        return list(names)
    kinds = {name: load(name) for name in names}
    able = [n for n, k in kinds.items() if not k.closed_models or model in k.models]
    if not able:
        raise UnknownModel(
            f"no service that can be reached without a key has {model!r}",
            hint="say whose it is, as in -m ollama/llama3; llmchat models lists them",
        )
    return able
