"""The environment variables that look like ours and mean nothing: most likely misspelt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from llmchat.nearest import nearest
from llmchat.settings.keys import PREFIX, PROVIDER, TOP, variable

OTHERS = ("LLMCHAT_HOME", "LLMCHAT_CONFIG", "LLMCHAT_DEBUG")


def unknown_variables(environ: Mapping[str, str], providers: Sequence[str]) -> Iterator[str]:
    """One line for each, with the nearest name."""
    ours = sorted(name for name in environ if name.startswith(PREFIX))
    if not ours:
        return
    known = {*OTHERS, *map(variable, TOP)}
    known |= {variable(key, provider=name) for name in providers for key in PROVIDER}
    ends = [name.removeprefix(PREFIX) for name in sorted(known)]
    for name in ours:
        if name not in known:
            found = nearest(name.removeprefix(PREFIX), ends)  # the prefix alone is likeness enough
            meant = f" (did you mean {PREFIX}{found[0]}?)" if found else ""
            yield f"unknown variable {name}{meant}"
