"""A settings file on disk, and a Settings made of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from llmchat.settings import Settings
from llmchat.settings.registry import Registry

KNOWN = (
    *("gigachat", "chatglm", "yqcloud", "chatgptt", "openai", "openrouter", "ollama"),
    *("local", "demo"),
)
KEYLESS = ("chatglm", "yqcloud", "chatgptt")
KEY_VARIABLES = {"openai": ("OPENAI_API_KEY",), "openrouter": ("OPENROUTER_API_KEY",)}


class Load(Protocol):
    def __call__(
        self,
        config: str | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        project: str | None = None,
        **flags: Any,
    ) -> Settings: ...


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    return write


@pytest.fixture
def load(tmp_path: Path, write: Callable[[str, str], Path]) -> Load:
    def load(
        config: str | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        project: str | None = None,
        **flags: Any,
    ) -> Settings:
        if config is not None:
            write("config.toml", config)
        if project is not None:
            write("work/.llmchat.toml", project)
        return Settings.load(
            environ or {},
            config_file=tmp_path / "config.toml",
            registry=Registry(KNOWN, KEYLESS, ("ollama",), KEY_VARIABLES),
            cwd=tmp_path / "work",
            home=tmp_path,
            flags=flags,
        )

    return load
