"""The registry: names without imports, one import for one provider, truth in what they declare."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import llmchat.providers as registry
from llmchat.errors import UnknownModel, UsageError
from llmchat.providers import KEYLESS, NAMES, access_of, load

LOADED = "import sys, llmchat.providers as p; {0}; print(*sorted(m for m in sys.modules))"


def modules_after(statement: str) -> set[str]:
    """The modules imported after a statement, without coverage, which would import its own."""
    run = [sys.executable, "-c", LOADED.format(statement)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    done = subprocess.run(run, capture_output=True, text=True, check=True, env=env)
    return set(done.stdout.split())


def test_listing_names_imports_no_provider_and_no_httpx() -> None:
    loaded = modules_after("p.NAMES, p.KEYLESS, p.access_of('openai')")
    assert not {"httpx", "asyncio", "llmchat.providers.base"} & loaded


def test_loading_one_imports_one() -> None:
    loaded = modules_after("p.load('openai')")
    assert "llmchat.providers.openai" in loaded
    others = {f"llmchat.providers.{n}" for n in ("chatglm", "yqcloud", "chatgptt", "gigachat")}
    assert not (others | {"rich", "click", "pygments", "tomllib", "sqlite3"}) & loaded


def test_httpx_keeps_its_own_program() -> None:
    """Only our own way of importing it leaves the program out, and gives its name back."""
    run = [sys.executable, "-c", "import llmchat.providers.openai, httpx._main"]
    subprocess.run(run, check=True, capture_output=True)


def test_an_unknown_name_gets_the_nearest_ones() -> None:
    with pytest.raises(UsageError, match="gigachta") as caught:
        load("gigachta")
    assert caught.value.message == "unknown provider gigachta (did you mean gigachat?)"
    with pytest.raises(UsageError) as caught:
        load("zzzzzz")
    assert (caught.value.message, caught.value.hint) == (
        "unknown provider zzzzzz",
        "llmchat models",
    )
    with pytest.raises(AttributeError):
        registry.Nothing  # noqa: B018  # the look is the test


@pytest.mark.parametrize("name", NAMES)
def test_every_provider_declares_itself_truly(name: str) -> None:
    provider = load(name)(name=name)
    assert provider.id == name
    assert provider.access == access_of(name)
    assert provider.label
    assert provider.url or name == "demo"
    assert provider.operator or name not in KEYLESS
    assert provider.needs_auth in (True, False)
    assert provider.working is True
    assert all(target in provider.models for target in provider.model_aliases.values())
    assert provider.default_model in provider.models or not provider.models


@pytest.mark.parametrize("name", ["gigachat", "chatglm", "yqcloud", "chatgptt", "openai"])
def test_the_classes_of_the_interface_declare_what_the_originals_do(name: str) -> None:
    cls = load(name)
    for attribute in (
        "url", "api_endpoint", "working", "needs_auth", "supports_stream",
        "supports_system_message", "supports_message_history", "default_model", "models",
        "model_aliases",
    ):  # fmt: skip
        assert hasattr(cls, attribute) or (name, attribute) == ("gigachat", "api_endpoint")
    assert getattr(registry, cls.__name__) is cls


def test_a_model_on_a_closed_list_must_be_on_it_and_the_nearest_are_named() -> None:
    provider = load("chatgptt")()
    assert (provider.resolve(""), provider.resolve("gpt-4")) == ("gpt-4o", "gpt-4")
    with pytest.raises(UnknownModel) as caught:
        provider.resolve("gpt-4o-mimi")
    assert "gpt-4o-mini" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_model_on_an_open_list_is_sent_as_it_is() -> None:
    assert load("openai")(name="openai").resolve("whatever/you:say") == "whatever/you:say"
