"""A question that was refused here, or that reached nobody, leaves no conversation behind."""

from __future__ import annotations

import pytest

from tests.e2e.faults import settings
from tests.e2e.shell import KEY, Shell, closed_port
from tests.e2e.test_third_parties import BAN, RAW, town
from tests.servers.scripted import TEXT, always, whole

DEMO = ("-p", "demo")
REFUSED = {
    "nobody is signed in": ("-p", "gigachat", "hi"),
    "a secret": ("-p", "yqcloud", f"mind {KEY}"),
    "no such model": ("-p", "yqcloud", "-m", "nope", "hi"),
    "nobody there": ("-p", "openai", "hi"),
    "no name": ("-p", "chatgptt", "hi"),
}


@pytest.fixture
def alone(shell: Shell) -> Shell:
    """A service at which nothing listens."""
    nowhere = f"http://127.0.0.1:{closed_port()}"
    shell = Shell(shell.home, {**shell.environ, "LLMCHAT_RETRIES": "0"})
    variables = {**settings("openai", nowhere), **settings("yqcloud", nowhere)}
    variables |= {"LLMCHAT_CHATGPTT_BASE_URL": "http://nobody.invalid"}
    variables |= {"LLMCHAT_CHATGPTT_ALLOW_HTTP": "true"}
    return Shell(shell.home, {**shell.environ, **variables})


@pytest.mark.parametrize("argv", REFUSED.values(), ids=REFUSED)
def test_it_leaves_no_conversation_to_continue(alone: Shell, argv: tuple[str, ...]) -> None:
    assert alone.ask(*argv).code != 0
    assert alone.history() == []
    assert alone.ask(*DEMO, "-c", "more").code == 11


@pytest.mark.parametrize("argv", REFUSED.values(), ids=REFUSED)
def test_it_leaves_the_conversation_before_as_it_was(alone: Shell, argv: tuple[str, ...]) -> None:
    """The next `-c` goes on from the last answer and does not say the refused question again."""
    alone.ask(*DEMO, "first")
    before = alone.history()
    listed = alone.run("history", "list", "--json").out
    assert alone.ask("-c", *argv).code != 0
    assert alone.history() == before
    assert alone.run("history", "list", "--json").out == listed
    assert alone.ask(*DEMO, "-c", "second").code == 0
    assert [s.text for s in alone.history() if s.role == "user"] == ["first", "second"]


async def test_what_all_of_several_never_got_leaves_nothing(alone: Shell) -> None:
    result = alone.ask("-p", "openai", "--fallback", "yqcloud", "hi")
    assert (result.code, alone.history()) == (5, [])


async def test_what_a_service_saw_is_kept(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=RAW) as there:
        assert (await there.ask("-p", "yqcloud", "hi")).code == 8
    assert [s.role for s in shell.history()] == ["user", "assistant"]


async def test_what_the_first_of_several_saw_is_kept(shell: Shell) -> None:
    """The next one is not asked at all: it may not have the text."""
    busy = always(whole("busy", TEXT, status=503))
    async with town(shell, openai=busy, yqcloud=RAW) as there:
        named = ("-p", "openai", "-m", "m", "--fallback", "yqcloud")
        result = await there.ask(*named, f"mind {KEY}")
        assert (result.code, there.asked()) == (2, ["openai"])
    assert [(s.role, s.state) for s in shell.history()] == [
        ("user", "complete"),
        ("assistant", "error"),
    ]
