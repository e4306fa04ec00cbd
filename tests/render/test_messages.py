"""Messages on a screen: the prefix alone is coloured, lines end at words, the hint stands apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmchat.errors import AllFailed, AuthError, Blocked, NetworkError, Timeout
from llmchat.render.answer import TerminalAnswer
from llmchat.render.stderr.report import Report
from llmchat.render.terminal.screen import Screen
from llmchat.values.events import Delta, Event, Finish, Notice, Stage
from tests.render.emulator import Terminal, Tty

WIDTHS = (40, 80, 120)
RUSSIAN = "Не удалось найти ни одного ответа на вопрос о погоде в Петропавловске-Камчатском"
CHINESE = "无法连接到服务器，请检查网络设置，然后再试一次，或者换一个提供商来回答您的问题"
URL = "https://gateway.example.org/v1/chat/completions?model=GigaChat-2-Max&trace=0123456789"


class Sized(Tty):
    """A stream with the emulator's size, given by COLUMNS because it is not a file."""


def report(terminal: Terminal, *, color: bool = True) -> Report:
    environ = {"COLUMNS": str(terminal.columns), "TERM": "xterm"}
    return Report(Sized(terminal), tty=True, color=color, environ=environ)


def torn(text: str, lines: list[str]) -> list[str]:
    """Words of the text that are not whole on any line."""
    return [word for word in text.split() if not any(word in line for line in lines)]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("text", [RUSSIAN, f"see {URL} for more", "a longer English sentence " * 9])
def test_an_error_hangs_below_its_first_word(text: str, columns: int) -> None:
    terminal = Terminal(columns, 40)
    report(terminal).error(NetworkError(text, hint="try another network or --proxy " * 4))
    lines = terminal.text().split("\n")
    message = [line for line in lines if line.startswith(("llmchat: ", " " * 9))]
    hint = lines[len(message) :]
    assert all(line.startswith("  ") and line[2] != " " for line in hint)
    assert torn(text.replace(URL, ""), lines) == []
    assert "".join(message).replace(" ", "") == ("llmchat:" + text).replace(" ", "")


@pytest.mark.parametrize("columns", WIDTHS)
def test_chinese_is_folded_between_characters(columns: int) -> None:
    terminal = Terminal(columns, 40)
    report(terminal).warning(CHINESE)
    lines = [line.replace("  ", "") for line in terminal.text().split("\n")]
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_only_the_prefix_is_coloured() -> None:
    terminal = Terminal(80, 5)
    report(terminal).error(AuthError("refused", hint="llmchat auth x"))
    first = terminal.cells()[0]
    assert [cell[1] for cell in first] == ["red"] * len("llmchat:") + ["default"] * len(" refused")


def test_several_attempts_stand_on_a_line_each_and_on_one_in_a_pipe() -> None:
    failed = AllFailed(
        "no provider answered",
        [("yqcloud", Blocked("banned")), ("chatglm", Timeout("late"))],
        hint="-p demo",
    )
    terminal = Terminal(80, 10)
    report(terminal, color=False).error(failed)
    assert terminal.text().split("\n") == [
        "llmchat: no provider answered",
        "         yqcloud: banned",
        "         chatglm: late",
        "  -p demo",
    ]
    assert failed.message == "no provider answered (yqcloud: banned; chatglm: late)"
    failed.rewrite(lambda text: text.replace("banned", "***"))
    assert ("yqcloud", "***") in failed.attempts


def test_a_path_in_a_notice_can_be_selected_whole() -> None:
    path = "/home/somebody/" + "folder/" * 9 + "picture.png"
    terminal = Terminal(40, 10)
    report(terminal).notice(f"saved as {path}")
    assert f"saved as {path}" in terminal.written


async def stream(*events: Event | float) -> AsyncGenerator[Event, None]:
    for event in events:
        if isinstance(event, float):
            await asyncio.sleep(event)
        else:
            yield event


async def test_the_spinner_says_the_stage_and_the_seconds() -> None:
    terminal = Terminal(40, 5)
    events = stream(0.4, Stage("getting a token"), 1.3, Delta("x"), Finish("stop", "m"))
    async for _ in report(terminal).with_notices(events, "gigachat"):
        pass
    assert "waiting for gigachat" in terminal.written
    assert "gigachat: getting a token, 1 s" in terminal.written
    assert terminal.text() == ""


async def test_a_notice_in_the_middle_of_an_answer_lands_above_the_open_rows() -> None:
    terminal = Terminal(40, 12)
    answer = TerminalAnswer(Screen(Tty(terminal), lambda: (40, 12)))
    events = stream(Delta("first\n\nopen"), 0.3, Notice("a notice"), Delta(" row"), 0.2)
    shown = report(terminal).with_notices(events, "demo", aside=answer.aside)
    await answer.show(shown)
    assert terminal.text().split("\n") == ["first", "a notice", "", "open row"]
