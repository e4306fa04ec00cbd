"""Finds misspelt LLMCHAT_ environment variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from llmchat.language import msg
from llmchat.language.nearest import nearest
from llmchat.settings.keys import FOREIGN, PREFIX, PROVIDER, TOP, variable

OTHERS = ("LLMCHAT_HOME", "LLMCHAT_CONFIG", "LLMCHAT_DEBUG", "LLMCHAT_LANG")


def without_keys(environ: Mapping[str, str], foreign: Iterable[str]) -> dict[str, str]:
    """The environment without variables that contain keys for llmchat, for a program whose output
    may be sent to a service; `foreign` are the services' own names of such variables."""
    ends = tuple(f"_{key.name.upper()}" for key in PROVIDER.values() if key.kind == "secret")
    known = set(foreign)
    for (_, key), names in FOREIGN.items():
        known |= set(names) if PROVIDER[key].kind == "secret" else set()
    return {
        name: value
        for name, value in environ.items()
        if name not in known and not (name.startswith(PREFIX) and name.endswith(ends))
    }


def unknown_variables(environ: Mapping[str, str], providers: Sequence[str]) -> Iterator[str]:
    """A warning for each unknown variable, with the most similar name."""
    ours = sorted(name for name in environ if name.startswith(PREFIX))
    if not ours:
        return
    known = {*OTHERS, *map(variable, TOP)}
    known |= {variable(key, provider=name) for name in providers for key in PROVIDER}
    ends = [name.removeprefix(PREFIX) for name in sorted(known)]
    for name in ours:
        if name not in known:
            # The prefix alone shows that it is meant for llmchat.
            found = nearest(name.removeprefix(PREFIX), ends)
            meant = (
                msg(" (did you mean {prefix}{found}?)", prefix=PREFIX, found=found[0])
                if found
                else ""
            )
            yield msg("unknown variable {name}{meant}", name=name, meant=meant)
