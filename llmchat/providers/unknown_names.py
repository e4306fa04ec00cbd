"""Messages about names of models and options that a service does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from llmchat.errors import UnknownModel
from llmchat.language import msg
from llmchat.language.nearest import suggestion


def mistyped(options: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """A warning for each unknown option whose name is similar to a known one."""
    from difflib import get_close_matches  # only with options: 2 ms

    for name in options:
        near = () if name in known else get_close_matches(name, known, n=1, cutoff=0.75)
        if near:
            yield msg(
                "{name} is not a known option (did you mean {near}?); sent anyway",
                name=name,
                near=near[0],
            )


def unknown_model(provider: str, model: str, known: Sequence[str]) -> UnknownModel:
    """The error for an unknown model, with the most similar names."""
    others = [name for name in known if name != model]
    meant = suggestion(model, others, most=3)
    some = (
        msg("choose from: {others}", others=", ".join(others[:5]))
        if others
        else msg("llmchat models {provider}", provider=provider)
    )
    return UnknownModel(
        msg("{provider} does not have a model {model!r}", provider=provider, model=model),
        hint=meant or some,
    )
