"""A long conversation before several models at once, and a tool that ran in the turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.compaction.test_long_conversations import CONFIG, Talk
from tests.app.compaction.window import SmallWindow
from tests.e2e.frames import END, delta, frame, stop
from tests.shell import Result

TWO = ("--vs", "box/m", "--vs", "box/n")
STREAM = {"content-type": "text/event-stream"}


@pytest.fixture
def service() -> SmallWindow:
    return SmallWindow()


def long_talk(folder: Path, service: SmallWindow, *, known: bool) -> Talk:
    """A conversation that nearly fills the window and has no summary yet."""
    talk = Talk(folder, service)
    if known:
        (folder / "config.toml").write_text(f"{CONFIG}context = 8000\n")
    assert talk.ask("Remember that the code is value77.").code == 0
    talk.fill(26)
    assert not service.summaries
    return talk


def compared(talk: Talk, text: str = "") -> Result:
    words = text or "And now? " + "Let us go on and on. " * 330
    return talk.shell("ask", "-c", *TWO, words)


def test_one_summary_serves_all_of_them(tmp_path: Path, service: SmallWindow) -> None:
    talk = long_talk(tmp_path, service, known=True)
    before = len(service.summaries)
    result = compared(talk)
    assert (result.code, len(service.summaries) - before, service.refusals) == (0, 1, 0)
    assert "summarized by box/" in result.err
    asked = {body["model"]: json.dumps(body) for body in service.asked[-2:]}
    assert sorted(asked) == ["m", "n"]
    assert all("the code is value77" in body for body in asked.values())


def test_off_refuses_with_a_hint_that_fits(tmp_path: Path, service: SmallWindow) -> None:
    talk = long_talk(tmp_path, service, known=False)
    (tmp_path / "config.toml").write_text(f'compact = "off"\n{CONFIG}context = 4000\n')
    result = compared(talk)
    assert (result.code, service.refusals) == (2, 0)
    assert "ask without -c, or compare models with larger context windows" in result.err


def test_a_refused_comparison_fits_the_next_time(tmp_path: Path, service: SmallWindow) -> None:
    talk = long_talk(tmp_path, service, known=False)
    first = compared(talk)
    assert service.refusals == 2
    assert "to ask box/m again: the next question has a summary of earlier turns" in first.err
    again = compared(talk)
    assert (again.code, service.refusals, bool(service.summaries)) == (0, 2, True)


TOOL = '''
from pathlib import Path

def note(text: str) -> str:
    """Write a note."""
    with Path("notes").open("a") as file:
        file.write(text + "\\n")
    return "x" * 9000
'''


@dataclass
class WantsTool:
    """A model that calls the tool, and refuses the result as too long unless it `fits`."""

    asked: list[dict[str, Any]]
    fits: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        if any(message["role"] == "tool" for message in body["messages"]):
            if self.fits:
                return httpx.Response(200, content=delta("Done.") + stop() + END, headers=STREAM)
            error = {"message": "too long", "code": "context_length_exceeded"}
            return httpx.Response(400, json={"error": error})
        call = {"name": "note", "arguments": '{"text": "once"}'}
        calls = {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": call}]}
        wants = {"choices": [{"delta": calls, "finish_reason": None}]}
        ends = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
        content = b"".join([frame(wants), frame(ends), END])
        return httpx.Response(200, content=content, headers=STREAM)


def test_nothing_is_asked_again_after_a_tool_ran(tmp_path: Path, service: SmallWindow) -> None:
    """Neither a summary nor the question is asked for: the tool would run twice."""
    talk = Talk(tmp_path, service)
    talk.fill(6)
    (tmp_path / "own.py").write_text(TOOL)
    talk.shell.answer = model = WantsTool([])
    flags = ("-T", "own.py:note", "--allow", "note")
    result = talk.shell("ask", "-c", *flags, "--json", "Note it.")
    assert result.json["error"]["kind"] == "too_long", result.text
    assert (tmp_path / "notes").read_text() == "once\n"
    assert [body["messages"][-1]["role"] for body in model.asked] == ["user", "tool"]
    rows = talk.history.messages(talk.history.find("last"))
    assert "summary" not in [row.role for row in rows]


def test_what_a_tool_said_takes_room_and_is_summarized(
    tmp_path: Path, service: SmallWindow
) -> None:
    config = CONFIG + f"context = {service.window}\n"
    (tmp_path / "own.py").write_text(
        'def note(text: str) -> str:\n    """Write it down."""\n'
        '    return "the colour is blue7 " + "word " * 7000\n'
    )
    talk = Talk(tmp_path, service)
    (tmp_path / "config.toml").write_text(config)
    talk.shell.answer = WantsTool([], fits=True)
    assert talk.ask("Note it.", "-T", "own.py:note", "--allow", "note").code == 0
    talk.shell.answer = service
    result = talk.ask("What is the colour?")
    assert (result.code, service.refusals) == (0, 0), result.text
    assert '[call: note {"text": "once"}]' in service.summaries[0]
    assert "the colour is blue7" in service.last


def test_words_beside_a_file_that_is_too_long_make_no_small_window(
    tmp_path: Path, service: SmallWindow
) -> None:
    """Our estimate does not count files and tools; the text alone would fit."""
    talk = Talk(tmp_path, service)
    talk.ask("Hello.")
    service.window = 1
    assert talk.ask("Read this file.").code == 2
    service.window = 8000
    assert talk.ask("Go on without it.").err == ""
