"""How an answer ends, with providers that do what the test says."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from llmchat.app.run.context import open_context
from llmchat.errors import IncompleteAnswer, LlmchatError, Timeout, ToolLimit, UnknownModel
from llmchat.repl.answering.turns import answer, send
from llmchat.repl.commands.branches import compact
from llmchat.repl.options import ChatOptions
from llmchat.repl.session import Session
from llmchat.repl.terminal import Terminal
from llmchat.values.events import Attempt, Delta, Event, Fallback, Finish, Notice
from llmchat.values.messages import Request
from llmchat.world import World

Script = Sequence[Event | LlmchatError | asyncio.Event]


class Scripted:
    """Answers each question with the next script; an `asyncio.Event` in it is waited for."""

    id = "ollama"

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self.asked: list[Request] = []

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        for step in self._scripts.pop(0):
            if isinstance(step, LlmchatError):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step

    async def aclose(self) -> None:
        pass


class Desk:
    """A session without its loop; `master` is the person's end of the terminal."""

    def __init__(self, tmp_path: Path, *scripts: Script) -> None:
        self.master, slave = os.openpty()
        keys, screen = os.fdopen(slave, "r"), os.fdopen(os.dup(slave), "w")
        self.files = (keys, screen)
        self.err = io.StringIO()
        self._seen = b""
        self.answerer = Scripted(*scripts)
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        (home / "config.toml").write_text("[providers.ollama]\ncontext = 1000\n")
        world = World({"LLMCHAT_HOME": str(home)}, keys, screen, self.err, tmp_path)
        self.context = open_context(world, {"provider": "ollama", "save": False})
        self.terminal = Terminal(keys, screen, color=False, obeys_sequences=False)
        self.session = Session(
            self.context, self.terminal, ChatOptions(), open_answerer=lambda _: self.answerer
        )

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def seen(self) -> str:
        """Everything printed so far."""
        os.set_blocking(self.master, False)
        with suppress(BlockingIOError):
            while data := os.read(self.master, 65536):
                self._seen += data
        return self._seen.decode()

    async def sees(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.seen():  # noqa: ASYNC110  # a terminal has no event
                await asyncio.sleep(0.01)

    def close(self) -> None:
        for file in self.files:
            with suppress(OSError):  # its other end may be gone
                file.close()
        with suppress(OSError):
            os.close(self.master)


Make = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Make]:
    desks: list[Desk] = []

    def make(*scripts: Script) -> Desk:
        desks.append(Desk(tmp_path, *scripts))
        return desks[-1]

    yield make
    for made in desks:
        made.close()


WHOLE = (Delta("hi"), Finish("stop", "m"))


async def test_a_whole_answer_is_shown_and_its_health_noted(desk: Make) -> None:
    me = desk(WHOLE)
    with me.terminal.raw():
        await send(me.session, "hello")
    assert "hi" in me.seen()
    assert [row.provider for row in me.context.health.rows()] == ["ollama"]
    assert me.session.current.title == "hello"
    assert me.err.getvalue() == ""


async def test_an_answer_that_was_cut_off_goes_on_with_a_command_of_the_session(desk: Make) -> None:
    me = desk((Delta("half"), IncompleteAnswer("the stream was cut")))
    with me.terminal.raw():
        await send(me.session, "one")
    assert me.err.getvalue().splitlines()[-1].strip() == "/continue"


@pytest.mark.parametrize(
    "wrong",
    [
        (Delta("half"), IncompleteAnswer("the stream was cut")),
        (Delta("half"), Finish("filter", "m")),
    ],
)
async def test_a_summary_that_failed_is_no_answer_to_go_on_with(desk: Make, wrong: Script) -> None:
    me = desk(WHOLE, wrong)
    with me.terminal.raw():
        await send(me.session, "one")
        with pytest.raises(LlmchatError) as raised:
            await compact(me.session, "")
    assert raised.value.hint == "try again, or /compact --last N"
    assert [entry.role for entry in me.session.conversation.branch] == ["user", "assistant"]


async def test_a_limit_of_rounds_keeps_its_own_hint(desk: Make) -> None:
    me = desk((Delta("half"), ToolLimit("stopped after 10 rounds")))
    with me.terminal.raw():
        await send(me.session, "one")
    assert "--max-rounds" in me.err.getvalue()


async def test_the_length_limit_and_the_filter_are_told(desk: Make) -> None:
    me = desk((Delta("cut"), Finish("length", "m")), (Delta("no"), Finish("filter", "m")))
    with me.terminal.raw():
        await send(me.session, "one")
        await send(me.session, "two")
    lines = me.err.getvalue().splitlines()
    assert lines[0] == "the answer reached the model's length limit; continue with /continue"
    assert lines[1] == "llmchat: refused by the service's content filter"


async def test_a_question_that_a_service_failed_to_answer_stays(desk: Make) -> None:
    me = desk((Timeout("no token in time"),), WHOLE)
    with me.terminal.raw():
        await send(me.session, "hello")
        await answer(me.session, me.session.conversation.retry())
    assert "no token in time" in me.err.getvalue()
    assert me.session.draft.text == ""
    assert [s.message.text for s in me.session.conversation.branch] == ["hello", "hi"]


async def test_a_refused_question_comes_back_and_travels_with_no_other(
    desk: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("file")
    me = desk((UnknownModel("there is no such model"),), WHOLE)
    with me.terminal.raw():
        await me.session.pending.add("a.txt", provider="ollama")
        await send(me.session, "secret")
        assert me.session.draft.text == "secret"
        assert len(me.session.pending) == 1
        assert me.session.conversation.branch == ()
        me.session.pending.take()
        await send(me.session, "other")
    assert [m.text for m in me.answerer.asked[1].messages] == ["other"]


async def test_a_text_beyond_the_models_window_is_refused_before_it_is_sent(desk: Make) -> None:
    me = desk()
    with me.terminal.raw(), pytest.raises(LlmchatError, match="about 5,000 tokens"):
        await send(me.session, "word" * 5000)
    assert me.session.draft.text == "word" * 5000
    assert me.answerer.asked == []


async def test_notices_and_setbacks_are_told_between_the_rows(desk: Make) -> None:
    away = Fallback(Attempt("first", "timeout", 5), "second", "first timed out, trying second")
    me = desk((Notice("mind this"), away, *WHOLE))
    with me.terminal.raw():
        await send(me.session, "hello")
    assert me.err.getvalue() == "mind this\nfirst timed out, trying second\n"


async def test_a_question_in_the_middle_of_an_answer_takes_one_key(desk: Make) -> None:
    agreed = asyncio.Event()
    me = desk((Delta("so: "), agreed, *WHOLE))
    with me.terminal.raw():
        sending = asyncio.create_task(send(me.session, "hello"))
        await me.sees("so: ")
        asked = asyncio.ensure_future(me.session.consents("Send \x1b[2Jit?"))
        await me.sees("[y/N]")
        me.type("y")
        assert await asked
        agreed.set()
        await sending
    assert "Send ^[[2Jit? [y/N] yes" in me.seen()
    assert me.session.draft.text == ""


async def test_a_session_that_is_ended_keeps_its_answer_first(desk: Make) -> None:
    me = desk((Delta("half"), asyncio.Event()))
    with me.terminal.raw():
        sending = asyncio.create_task(send(me.session, "hello"))
        await me.sees("half")
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert [s.message.text for s in me.session.conversation.branch] == ["hello", "half"]
    assert me.session.conversation.branch[1].state == "interrupted"


async def test_a_terminal_that_is_gone_ends_the_session(desk: Make) -> None:
    me = desk(WHOLE)

    async def hang_up() -> None:
        with me.terminal.raw():
            os.close(me.master)
            await send(me.session, "hello")

    with pytest.raises(OSError, match="Input/output"):
        await hang_up()


async def test_stopping_before_it_began_gives_the_question_back(desk: Make) -> None:
    me = desk(WHOLE)
    store_typeahead(me.terminal.input, [KeyPress(Keys.ControlC, "\x03")])
    with me.terminal.raw():
        await send(me.session, "hello")
    assert me.session.draft.text == "hello"
    assert me.session.conversation.branch == ()
    assert me.answerer.asked == []


async def test_what_takes_long_is_stopped_by_a_key(desk: Make) -> None:
    me = desk()
    with me.terminal.raw():
        work = asyncio.create_task(me.session.while_listening(asyncio.sleep(60, True)))
        await asyncio.sleep(0)
        me.type("\x03")
        assert await asyncio.wait_for(work, 20) is None
