"""A context: settings are resolved once, resources shared, and derived contexts differ."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from llmchat.app.run.bare_context import open_bare
from llmchat.app.run.context import Context, open_context, resolved
from llmchat.cli.main import run
from llmchat.errors import ConfigError
from llmchat.store.private.credentials import Credential
from llmchat.values.secret import Secret
from llmchat.world import World

Worlds = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Worlds:
    def world(**environ: str) -> World:
        home = {"LLMCHAT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
        streams = (io.StringIO(), io.StringIO(), io.StringIO())
        return World({**home, **environ}, *streams, tmp_path)

    return world


@pytest.mark.parametrize(
    ("environ", "flags", "code"),
    [
        ({"LLMCHAT_USAGE": "maybe"}, (), 3),
        ({"LLMCHAT_PROVIDER": "nope"}, (), 3),
        ({"LLMCHAT_FALLBACK": "nope"}, (), 3),
        ({"LLMCHAT_RETRIES": "-1"}, ("--jsonl",), 3),
        ({}, ("--timeout", "-1"), 2),
    ],
)
def test_a_broken_setting_is_one_object_and_nothing_was_asked(
    world: Worlds, tmp_path: Path, environ: dict[str, str], flags: tuple[str, ...], code: int
) -> None:
    here = world(**environ)
    form = () if "--jsonl" in flags else ("--json",)
    assert run(["ask", *form, "-p", "demo", *flags, "hi"], here) == code
    (line,) = here.stdout.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    assert json.loads(line)["error"]["exit_code"] == code
    assert not (tmp_path / "home").exists()


def test_a_file_that_breaks_later_does_not_matter(world: Worlds, tmp_path: Path) -> None:
    """Settings resolved at the start stay valid for the run, also with other flags."""
    context = open_context(world(), {"usage": True})
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home/config.toml").write_text("nonsense")
    assert context.with_provider("demo", "m").settings.target().model == "m"
    assert context.with_provider("demo", "").settings.enabled("usage")


def test_nothing_in_a_context_can_be_changed(world: Worlds) -> None:
    context = open_context(world())
    with pytest.raises(FrozenInstanceError):
        context.settings = context.settings  # type: ignore[misc]  # that is what is tried


def test_what_is_open_is_shared_with_what_is_derived(world: Worlds) -> None:
    context = open_context(world())
    derived = context.with_flags({"provider": "demo"})
    assert derived.history is context.history
    derived.world.conceal(Secret("a long secret"))
    assert Secret("a long secret") in context.world.secrets
    context.history.close()


def test_a_run_without_settings_works_where_they_are_broken(world: Worlds) -> None:
    bare = open_bare(world(LLMCHAT_USAGE="maybe"))
    bare.print("here")
    with pytest.raises(ConfigError, match="LLMCHAT_USAGE: usage must be true or false"):
        resolved(bare, {})


def test_a_stored_key_comes_last(world: Worlds) -> None:
    def key(context: Context) -> Secret | None:
        return context.endpoint("openai").api_key

    open_bare(world()).credentials.put("openai", Credential(Secret("stored"), ""), in_keyring=False)
    assert key(open_context(world())) == Secret("stored")
    assert key(open_context(world(OPENAI_API_KEY="given"))) == Secret("given")
    printed = world(LLMCHAT_OPENAI_API_KEY_COMMAND="printf printed", PATH="/usr/bin:/bin")
    assert key(open_context(printed)) == Secret("printed")


@pytest.mark.parametrize("address", ["http://[::1", "https://", "http://h:99999999", "no address"])
def test_doctor_tells_of_a_malformed_address(world: Worlds, tmp_path: Path, address: str) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home/config.toml").write_text(f"[providers.mine]\nbase_url = '{address}'\n")
    here = world()
    assert run(["doctor", "mine"], here) == 3
    assert "base_url must be an https:// URL" in here.stdout.getvalue()  # type: ignore[attr-defined]  # a StringIO
