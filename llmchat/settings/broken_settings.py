"""Loads settings without the broken ones, for `doctor` and `config validate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmchat.errors import LlmchatError
from llmchat.settings.registry import Registry
from llmchat.settings.resolved import Settings
from llmchat.settings.sources import read_config, read_environment, read_flags
from llmchat.settings.toml.document import Document

WHO = ("provider", "model")
LEFT_OUT: tuple[tuple[str, ...], ...] = ((), ("fallback",), WHO, (*WHO, "fallback"))


def load_leniently(
    environ: Mapping[str, str],
    config: Document | None,
    *,
    registry: Registry,
    home: Path | None = None,
    flags: Mapping[str, Any] | None = None,
) -> tuple[Settings, list[LlmchatError]]:
    """The settings that are valid, and the errors of the others without duplicates; `config` is a
    file in which `problems` found nothing."""
    errors: list[LlmchatError] = []
    table = config.table if config else {}
    off = registry.only_in_file(environ, table)
    registry = registry.with_plugins(environ, table)
    own = read_config(config).without_providers(off)
    known = {*registry.names, *own.providers}
    environment = read_environment(environ, known, registry.key_variables, tell=errors.append)
    sources = (read_flags(flags or {}), environment, own)
    for names in LEFT_OUT:
        kept = tuple(source.without(*names) for source in sources)
        try:
            settings = Settings.resolve(kept, environ, registry=registry, home=home)
            break
        except LlmchatError as error:
            errors.append(error)
    return settings, list({error.message: error for error in errors}.values())
