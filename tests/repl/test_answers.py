"""How an answer ends, with providers that do what the test says."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from llmchat.errors import LlmchatError, Timeout, UnknownModel
from llmchat.events import Attempt, Delta, Event, Fallback, Finish, Notice
from llmchat.inputs.text import WebPage
from llmchat.messages import Request
from llmchat.render.plain import Plain
from llmchat.render.report import Report
from llmchat.repl.outside import ChosenAnswerer, Consent, Filled, SessionHost
from llmchat.repl.session import Session
from llmchat.repl.terminal import Terminal
from llmchat.store.history.rows import ConversationRow
from llmchat.turn import Turn

Script = Sequence[Event | LlmchatError | float]


class Scripted:
    """Answers each question with the next script; a number waits."""

    id = "scripted"

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self.asked: list[Request] = []

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        for step in self._scripts.pop(0):
            if isinstance(step, LlmchatError):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield step

    async def aclose(self) -> None:
        pass


class Services:
    def __init__(self, answerer: Scripted) -> None:
        self.answerer = answerer
        self.noted: list[str] = []
        self.consent: Consent | None = None

    def choose(self, provider: str, model: str) -> ChosenAnswerer:
        return ChosenAnswerer(self.answerer, model)

    def follow(self, row: ConversationRow) -> tuple[str, str] | None:
        return None

    def split(self, text: str) -> tuple[str, str]:
        return "", text

    def providers(self) -> Sequence[str]:
        return ["scripted"]

    def models(self, provider: str) -> Sequence[str]:
        return ["m"]

    def window(self, provider: str) -> int:
        return 1000

    async def count(self, texts: Sequence[str], provider: str, model: str) -> int | None:
        return None

    def templates(self) -> Sequence[tuple[str, str]]:
        return []

    def fill(self, name: str, words: Sequence[str]) -> Filled:
        return Filled("", "", "", "", {})

    def note(self, turn: Turn) -> None:
        self.noted.append(turn.state)

    async def doctor(self) -> str:
        await asyncio.sleep(60)
        return "well"

    def ask_with(self, consent: Consent) -> None:
        self.consent = consent

    async def aclose(self) -> None:
        pass


class Broken(Plain):
    """A terminal that is gone."""

    async def show(self, events: AsyncIterator[Event]) -> None:
        async for _ in events:
            raise OSError(5, "Input/output error")


class Desk:
    """A session without its loop; `master` is the person's end of the terminal."""

    def __init__(self, tmp_path: Path, *scripts: Script, broken: bool = False) -> None:
        self.master, slave = os.openpty()
        self.files = [os.fdopen(slave, "r"), os.fdopen(os.dup(slave), "w")]
        self.err = io.StringIO()
        self.answerer = Scripted(*scripts)
        self.services = Services(self.answerer)
        self.terminal = Terminal(self.files[0], self.files[1], color=False)
        screen = self.terminal.screen_file
        host = SessionHost(
            services=self.services,
            report=Report(self.err),
            renderer=lambda: Broken(screen, tty=True) if broken else Plain(screen, tty=True),
            history=None,
            fetch=_no_pages,
            environ={"TERM": "xterm"},
            cwd=tmp_path,
            home=None,
            drafts=None,
            input_history=None,
            provider="scripted",
            model="",
            max_input=1000,
            large_input=0,
            ticks=lambda: 0.0,
            now=lambda: 0.0,
        )
        self.session = Session(host, self.terminal)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def seen(self) -> str:
        os.set_blocking(self.master, False)
        data = b""
        while True:
            try:
                data += os.read(self.master, 65536)
            except BlockingIOError:
                return data.decode()

    def close(self) -> None:
        for file in self.files:
            file.close()
        os.close(self.master)


async def _no_pages(url: str, limit: int) -> WebPage:
    raise AssertionError(url)


Make = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Make]:
    desks: list[Desk] = []

    def make(*scripts: Script, broken: bool = False) -> Desk:
        desks.append(Desk(tmp_path, *scripts, broken=broken))
        return desks[-1]

    yield make
    for made in desks:
        made.close()


WHOLE = (Delta("hi"), Finish("stop", "m"))


async def test_a_whole_answer_is_shown_and_its_health_noted(desk: Make) -> None:
    me = desk(WHOLE)
    with me.terminal.raw():
        await me.session.send("hello")
    assert "hi" in me.seen()
    assert me.services.noted == ["complete"]
    assert me.session.current.title == "hello"
    assert me.err.getvalue() == ""


async def test_the_length_limit_and_the_filter_are_told(desk: Make) -> None:
    me = desk((Delta("cut"), Finish("length", "m")), (Delta("no"), Finish("filter", "m")))
    with me.terminal.raw():
        await me.session.send("one")
        await me.session.send("two")
    lines = me.err.getvalue().splitlines()
    assert lines[0] == "the answer ends at the model's length limit; /continue goes on"
    assert lines[1] == "llmchat: the service's content filter refused"


async def test_a_question_that_a_service_failed_to_answer_stays(desk: Make) -> None:
    me = desk((Timeout("no token in time"),), WHOLE)
    with me.terminal.raw():
        await me.session.send("hello")
        await me.session.answer(me.session.conversation.retry())
    assert "no token in time" in me.err.getvalue()
    assert me.session.draft.text == ""
    assert [s.message.text for s in me.session.conversation.branch] == ["hello", "hi"]


async def test_a_refused_question_comes_back_and_travels_with_no_other(
    desk: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("file")
    me = desk((UnknownModel("there is no such model"),), WHOLE)
    with me.terminal.raw():
        await me.session.pending.add("a.txt", provider="scripted")
        await me.session.send("secret")
        assert me.session.draft.text == "secret"
        assert len(me.session.pending) == 1
        assert me.session.conversation.branch == ()
        me.session.pending.take()
        await me.session.send("other")
    assert [m.text for m in me.answerer.asked[1].messages] == ["other"]


async def test_a_text_beyond_the_models_window_is_refused_before_it_is_sent(desk: Make) -> None:
    me = desk()
    with me.terminal.raw(), pytest.raises(LlmchatError, match="about 5,000 tokens"):
        await me.session.send("word" * 5000)
    assert me.session.draft.text == "word" * 5000
    assert me.answerer.asked == []


async def test_notices_and_setbacks_are_told_between_the_rows(desk: Make) -> None:
    away = Fallback(Attempt("first", "timeout", 5), "second", "first is too slow, trying second")
    me = desk((Notice("mind this"), away, *WHOLE))
    with me.terminal.raw():
        await me.session.send("hello")
    assert me.err.getvalue() == "mind this\nfirst is too slow, trying second\n"


async def test_a_question_in_the_middle_of_an_answer_takes_one_key(desk: Make) -> None:
    me = desk((0.3, *WHOLE))
    with me.terminal.raw():
        sending = asyncio.create_task(me.session.send("hello"))
        await asyncio.sleep(0.05)
        assert me.services.consent is not None
        asked = asyncio.ensure_future(me.services.consent("Send \x1b[2Jit?"))
        await asyncio.sleep(0.05)
        me.type("y")
        assert await asked
        await sending
    assert "Send ^[[2Jit? [y/N] yes" in me.seen()
    assert me.session.draft.text == ""


async def test_a_session_that_is_ended_keeps_its_answer_first(desk: Make) -> None:
    me = desk((Delta("half"), 60.0))
    with me.terminal.raw():
        sending = asyncio.create_task(me.session.send("hello"))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert [s.message.text for s in me.session.conversation.branch] == ["hello", "half"]
    assert me.session.conversation.branch[1].state == "interrupted"


async def test_a_terminal_that_is_gone_ends_the_session(desk: Make) -> None:
    me = desk(WHOLE, broken=True)
    with me.terminal.raw(), pytest.raises(OSError, match="Input/output"):
        await me.session.send("hello")


async def test_stopping_before_it_began_gives_the_question_back(desk: Make) -> None:
    me = desk(WHOLE)
    store_typeahead(me.terminal.input, [KeyPress(Keys.ControlC, "\x03")])
    with me.terminal.raw():
        await me.session.send("hello")
    assert me.session.draft.text == "hello"
    assert me.session.conversation.branch == ()
    assert me.answerer.asked == []


async def test_what_takes_long_is_stopped_by_a_key(desk: Make) -> None:
    me = desk()
    with me.terminal.raw():
        work = asyncio.create_task(me.session.while_listening(me.services.doctor()))
        await asyncio.sleep(0.05)
        me.type("\x03")
        assert await asyncio.wait_for(work, 5) is None
