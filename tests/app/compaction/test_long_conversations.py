"""A conversation that outgrows the window continues: `ask -c` with a service that has a small
one."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from llmchat.store.history.history import History
from tests.app.compaction.window import LETTERS, SmallWindow
from tests.shell import Result, Shell

CONFIG = """
provider = "box"
model = "m"
retries = 0
[providers.box]
base_url = "http://127.0.0.1:9/v1"
"""
FILLER = " ".join(["Let us talk about something else for a while."] * 12)


class Talk:
    """One person and one service."""

    def __init__(self, folder: Path, service: SmallWindow, config: str = "") -> None:
        (folder / "config.toml").write_text(config + CONFIG)
        self.service = service
        self.shell = Shell(folder, {"LLMCHAT_HOME": str(folder)}, answer=service)

    def ask(self, text: str, *flags: str) -> Result:
        follows = ("-c",) if (self.shell.home / "history.db").exists() else ()
        return self.shell("ask", *follows, *flags, text)

    def fill(self, turns: int) -> None:
        for number in range(turns):
            assert self.ask(f"Turn {number}. {FILLER}").code == 0

    @property
    def history(self) -> History:
        return History(self.shell.home / "history.db")


@pytest.fixture
def service() -> SmallWindow:
    return SmallWindow()


@pytest.fixture
def talk(tmp_path: Path, service: SmallWindow) -> Talk:
    return Talk(tmp_path, service)


@pytest.mark.slow
def test_three_hundred_turns_are_never_refused(talk: Talk, service: SmallWindow) -> None:
    facts = {f"thing{n}": f"value{n}" for n in range(8)}
    for name, value in facts.items():
        assert talk.ask(f"Remember that the {name} is {value}.").code == 0
    for number in range(300 - len(facts)):
        result = talk.ask(f"Turn {number}. {FILLER}")
        assert (result.code, "maximum context" in result.text) == (0, False)
    assert len(service.summaries) > 3
    assert service.refusals <= 1  # the first, which nobody sees, names the window
    for name, value in facts.items():
        assert f"the {name} is {value}" in service.last
    rows = talk.history.messages(talk.history.find("last"))
    assert sum(row.role == "user" for row in rows) == 300
    assert sum(row.role == "assistant" and row.state == "complete" for row in rows) == 300


def test_a_refusal_is_not_seen_and_the_last_turns_stay_as_they_are(
    talk: Talk, service: SmallWindow
) -> None:
    service.window = 2000
    talk.ask("Remember that the colour is blue7.")
    turns = 0
    while not service.refusals:
        turns += 1
        result = talk.ask(f"Turn {turns}. {FILLER}")
        assert result.code == 0
    assert "maximum context" not in result.err
    assert "earlier messages summarized by box/" in result.err
    assert "llmchat chat -c, then /undo" in result.err
    sent = [m["content"] for m in service.asked[-1]["messages"]]
    assert "the colour is blue7" in sent[0]
    assert sent[-1] == f"Turn {turns}. {FILLER}"
    assert f"Turn {turns - 1}. {FILLER}" in sent[-3]
    assert not any(f"Turn {turns - 8}. " in text for text in sent)


def test_a_length_that_is_wanted_of_answers_does_not_cut_the_summary(
    talk: Talk, service: SmallWindow
) -> None:
    flags = ("-o", "max_tokens=40", "-o", "temperature=0.5")
    talk.fill(4)
    service.window = 600
    assert "summarized by box/" in talk.ask("Go on.", *flags).err
    *_, summary, answer = service.asked
    assert "<conversation>" in summary["messages"][-1]["content"]
    assert ("max_tokens" in summary, summary["temperature"]) == (False, 0.5)
    assert answer["max_tokens"] == 40


def test_the_window_that_a_refusal_named_is_remembered(talk: Talk, service: SmallWindow) -> None:
    service.window = 2000
    talk.fill(12)
    assert service.refusals == 1
    talk.fill(12)
    assert service.refusals == 1
    assert (talk.shell.home / "windows.json").stat().st_mode & 0o777 == 0o600


def test_a_service_that_names_no_window_is_found_out(talk: Talk, service: SmallWindow) -> None:
    service.window, service.names_window = 2000, False
    talk.fill(25)
    assert service.refusals < 4
    assert len(service.summaries) >= 2


@pytest.mark.parametrize("later", [False, True])
def test_a_gateway_that_takes_no_such_picture_says_nothing_of_the_window(
    tmp_path: Path, service: SmallWindow, *, later: bool
) -> None:
    refuses = not later

    def gateway(request: httpx.Request) -> httpx.Response:
        if refuses and b"image_url" in request.content:
            return httpx.Response(413, html="<html>413 Request Entity Too Large</html>")
        return service(request)

    talk = Talk(tmp_path, service)
    talk.shell.answer = gateway
    talk.fill(3)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = talk.ask("What is it?", "-a", str(tmp_path / "a.png"))
    if later:  # the picture goes along
        refuses = True
        result = talk.ask("And now?")
    assert (result.code, "summarized" in result.err) == (2, False)
    assert result.err.endswith("shorten the prompt or attach less\n")
    assert not (tmp_path / "windows.json").exists()
    assert not service.summaries


def test_every_turn_stays_in_the_tree_and_the_summary_is_one_row(
    talk: Talk, service: SmallWindow
) -> None:
    service.window = 2000
    talk.fill(12)
    rows = talk.history.messages(talk.history.find("last"))
    roles = [row.role for row in rows]
    assert (roles.count("user"), roles.count("assistant")) == (12, 12)
    assert roles.count("summary") == 1
    assert talk.history.find("last").messages == len(rows)
    assert [row.parent for row in rows] == [None, *(row.id for row in rows[:-1])]


def test_a_summary_that_is_not_saved_is_not_to_be_taken_back(
    talk: Talk, service: SmallWindow
) -> None:
    talk.fill(4)
    service.window = 600
    for models in ((), ("--vs", "box/m", "--vs", "box/n")):
        told = talk.ask("Go on.", "-n", *models).err
        assert "summarized by box/" in told
        assert "/undo" not in told


def test_a_summary_that_fails_changes_nothing(talk: Talk, service: SmallWindow) -> None:
    service.window = 2000
    talk.fill(8)
    before = talk.history.branch(talk.history.find("last"))
    service.window, service.summaries_fail = 1200, True
    result = talk.ask(f"One more. {FILLER}")
    assert result.code == 2
    assert "earlier turns were not summarized" in result.err
    *earlier, _, refused = talk.history.messages(talk.history.find("last"))
    assert (earlier, refused.state) == (before, "error")


def test_a_summary_that_failed_is_not_tried_again_after_a_refusal(
    talk: Talk, service: SmallWindow
) -> None:
    service.window = 2000
    talk.fill(10)
    assert service.refusals == 1
    service.summaries_fail = True
    results = (talk.ask(f"One more. {FILLER}") for _ in range(12))
    refused = next(result for result in results if result.code)
    assert service.refusals == 2
    assert refused.err.count("earlier turns were not summarized") == 1


@pytest.mark.parametrize(("share", "most"), [(0.97, 4), (1.8, 0)])
def test_a_system_message_that_fills_the_window_is_not_worth_a_summary_each_turn(
    tmp_path: Path, service: SmallWindow, share: float, most: int
) -> None:
    service.window = 4000
    talk = Talk(tmp_path, service, "")
    (talk.shell.home / "config.toml").write_text(CONFIG + "context = 4000\n")
    letters = int(4000 * share * LETTERS)
    talk.ask("Turn 0.", "-s", ("rule " * letters)[:letters])
    for number in range(1, 8):
        talk.ask(f"Turn {number}.")
    assert len(service.summaries) <= most


def test_a_summary_that_is_too_long_says_nothing_of_the_window(
    talk: Talk, service: SmallWindow
) -> None:
    service.window = 2000
    talk.fill(12)
    assert service.refusals == 1
    known, before = (talk.shell.home / "windows.json").read_bytes(), len(service.summaries)
    service.summaries_ramble = True
    asked = (talk.ask(f"One more. {FILLER}").err for _ in range(12))
    assert "the summary is too long" in next(told for told in asked if "not summarized" in told)
    assert len(service.summaries) == before + 1
    assert (talk.shell.home / "windows.json").read_bytes() == known


def test_a_question_that_fits_in_no_window_is_not_worth_a_summary(
    talk: Talk, service: SmallWindow
) -> None:
    service.window = 2000
    talk.fill(4)
    before = talk.history.branch(talk.history.find("last"))
    result = talk.ask(FILLER * 25)
    assert (result.code, service.refusals, service.summaries) == (2, 1, [])
    assert "maximum context length is 2000 tokens" in result.err
    assert talk.history.branch(talk.history.find("last")) == before


def test_a_question_that_was_too_long_is_not_sent_along_with_the_next(
    tmp_path: Path, service: SmallWindow
) -> None:
    service.window = 2000
    talk = Talk(tmp_path, service, 'compact = "off"\n')
    talk.fill(4)
    assert talk.ask(f"Long one. {FILLER * 10}").code == 2
    assert talk.ask("Short one.").code == 0
    assert "Turn 3." in service.last
    assert "Long one." not in service.last
    assert any("Long one." in m.text for m in talk.history.messages(talk.history.find("last")))


def test_a_first_question_that_was_too_long_is_not_sent_along_either(
    tmp_path: Path, service: SmallWindow
) -> None:
    service.window = 2000
    talk = Talk(tmp_path, service, 'compact = "off"\n')
    assert talk.ask(f"Long one. {FILLER * 20}").code == 2
    assert talk.ask("Short one.").code == 0
    assert "Long one." not in service.last


def test_off_leaves_the_refusal_to_the_person(tmp_path: Path, service: SmallWindow) -> None:
    service.window = 1500
    talk = Talk(tmp_path, service, 'compact = "off"\n')
    codes = [talk.ask(f"Turn {n}. {FILLER}").code for n in range(12)]
    assert codes[-1] == 2
    assert not service.summaries


def test_ask_without_a_terminal_summarizes_nothing_and_says_so(
    tmp_path: Path, service: SmallWindow
) -> None:
    talk = Talk(tmp_path, service, 'compact = "ask"\n')
    (tmp_path / "config.toml").write_text(
        (tmp_path / "config.toml").read_text() + "context = 2000\n"
    )
    results = [talk.ask(f"Turn {n}. {FILLER}") for n in range(11)]
    assert not service.summaries
    assert 'compact = "auto" summarizes its earlier turns' in results[-1].err
    told = talk.shell("ask", "-c", "Go on.", LLMCHAT_LANG="ru").err
    assert "краткое изложение" in " ".join(told.split())


def test_a_yes_at_a_terminal_summarizes(tmp_path: Path, service: SmallWindow) -> None:
    talk = Talk(tmp_path, service, 'compact = "ask"\n')
    (tmp_path / "config.toml").write_text(
        (tmp_path / "config.toml").read_text() + "context = 2000\n"
    )
    talk.fill(10)
    told = ""
    for answer in ("n\n", "n\n", "y\n"):
        result = talk.shell(
            "ask", "-c", f"More. {FILLER}", stdin=answer, keyboard=True, screen=True
        )
        told += result.err
        assert bool(service.summaries) == (answer == "y\n")
    assert "Summarize its earlier turns?\n[y/N]" in told


def test_the_model_for_summaries_may_be_another_one(tmp_path: Path, service: SmallWindow) -> None:
    service.window = 2000
    talk = Talk(tmp_path, service, 'compact_model = "box/small"\n')
    talk.fill(12)
    models = {b["model"] for b in service.asked if "<conversation>" in b["messages"][-1]["content"]}
    assert models == {"small"}
    assert service.asked[-1]["model"] == "m"


def test_a_window_that_is_over_already_is_summarized_in_pieces(
    talk: Talk, service: SmallWindow
) -> None:
    talk.ask("Remember that the colour is blue7.")
    talk.fill(14)
    service.window = 900
    assert talk.ask("What now?").code == 0
    assert len(service.summaries) > 2
    assert "the colour is blue7" in service.last


def test_a_summary_is_not_found_beside_what_it_says(talk: Talk, service: SmallWindow) -> None:
    service.window = 2000
    talk.ask("Remember that the colour is blue7.")
    talk.fill(12)
    assert service.summaries
    assert len(talk.history.search("blue7")) == 1


def test_an_export_brings_it_to_another_machine(
    talk: Talk, service: SmallWindow, tmp_path: Path
) -> None:
    service.window = 2000
    talk.ask("Remember that the colour is blue7.")
    talk.fill(12)
    talk.shell("history", "export", "last", "-f", "json", "-O", str(tmp_path / "out.json"))
    other = tmp_path / "other"
    other.mkdir()
    there = Talk(other, service)
    assert there.shell("history", "import", str(tmp_path / "out.json")).code == 0
    assert there.ask("And now?").code == 0
    assert "[Summary of the earlier conversation]\nNotes: the colour is blue7" in service.last
    assert "Turn 1. " not in service.last


SECRET = "sk-abcdefghijklmnopqrstuvwxyz123456"


def test_a_secret_of_earlier_turns_goes_to_no_keyless_service(
    tmp_path: Path, service: SmallWindow
) -> None:
    service.window = 2000
    talk = Talk(tmp_path, service, 'compact_model = "yqcloud/gpt-4"\n')
    talk.ask(f"My key is {SECRET}.")
    for number in range(9):
        result = talk.ask(f"Turn {number}. {FILLER}")
    assert result.code == 2
    assert "earlier turns were not summarized: not sent: the text contains an API key" in result.err
    assert {body.get("model") for body in service.asked} == {"m"}


def test_a_model_without_a_provider_is_one_of_whoever_answers(
    tmp_path: Path, service: SmallWindow
) -> None:
    service.window = 2000
    talk = Talk(tmp_path, service, 'compact_model = "small"\n')
    talk.fill(12)
    models = {b["model"] for b in service.asked if "<conversation>" in b["messages"][-1]["content"]}
    assert models == {"small"}


def test_a_dry_run_says_that_turns_would_be_summarized(talk: Talk, service: SmallWindow) -> None:
    talk.fill(8)
    config = talk.shell.home / "config.toml"
    config.write_text(config.read_text() + "context = 1500\n")
    asked = len(service.asked)
    result = talk.ask("And now?", "--dry-run")
    assert result.code == 0
    assert "earlier turns would be summarized first" in result.err
    assert len(service.asked) == asked
