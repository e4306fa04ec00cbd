"""llmchat/completion/static_values.py: providers, models and settings as plain literals."""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.providers import NAMES, access_of, load
from llmchat.providers.presets import PRESETS
from llmchat.settings.keys import PROVIDER, TOP

HEAD = '''"""What is known without asking anybody; made by `python -m dev.completion`."""

from __future__ import annotations
'''


def static_values_source() -> str:
    """A module of plain literals, which completion reads without importing a provider."""
    return HEAD + "".join(
        (
            _table("PROVIDERS", {name: _about(name) for name in NAMES}),
            _table("MODELS", {name: _models(name) for name in NAMES if _models(name)}),
            _table("SETTINGS", {key.name: key.about for key in TOP.values()}),
            _table("PROVIDER_SETTINGS", {key.name: key.about for key in PROVIDER.values()}),
        )
    )


def _about(name: str) -> str:
    label = PRESETS[name].label if name in PRESETS else load(name).label
    return f"{label}, {access_of(name)}"


def _models(name: str) -> tuple[str, ...]:
    kind = load(name)
    default = PRESETS[name].model if name in PRESETS else kind.default_model
    return tuple(dict.fromkeys(model for model in (default, *kind.models) if model))


def _table(name: str, rows: Mapping[str, object]) -> str:
    lines = [f"    {_literal(key)}: {_literal(value)},\n" for key, value in rows.items()]
    return f"\n{name} = {{\n{''.join(lines)}}}\n"


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        inner = ", ".join(_literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
