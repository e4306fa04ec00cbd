"""/retry, /edit and /vs in a window that is full: as any question."""

from __future__ import annotations

from pathlib import Path

from tests.repl.test_long import OLLAMA, Small, behind, said
from tests.terminals.person import Chat, Person


def filled(chat: Chat, url: str, service: Small) -> Person:
    service.go.set()
    service.window = 4000
    me = chat(*OLLAMA, demo=False, LLMCHAT_OLLAMA_BASE_URL=url)
    for number in range(1, 4):
        me.prompt()
        me.say(f"one {number} " + "and on " * 150)
        me.see("Heard one", times=number)
    me.prompt()
    return me


def test_a_longer_question_in_its_place_is_asked_below_a_summary(chat: Chat, home: Path) -> None:
    service = Small()
    with behind(service) as url:
        me = filled(chat, url, service)
        me.say("/edit two " + "and on " * 300)
        me.see("earlier messages summarized by ollama/", "Heard [Sum")
        assert "too much" not in me.text
        assert said(home)[-2:] == [("user", "two and on "), ("assistant", "Heard [Summ")]


def test_the_same_question_is_asked_again_below_a_summary(chat: Chat, home: Path) -> None:
    service = Small()
    with behind(service) as url:
        me = filled(chat, url, service)
        service.window = 3000
        me.say("/retry")
        me.see("earlier messages summarized by ollama/", "Heard [Sum")
        assert "too much" not in me.text
        assert [role for role, _ in said(home)][-3:] == ["summary", "user", "assistant"]


def test_several_models_refuse_it_once_and_answer_the_next_time(chat: Chat, home: Path) -> None:
    service = Small()
    with behind(service) as url:
        me = filled(chat, url, service)
        service.window = 3000
        me.say("/vs demo other")
        me.see("ollama/other again: the next question has a summary of earlier turns")
        me.prompt()
        me.say("/vs demo other")
        me.see("earlier messages summarized by ollama/", "Heard [Sum", times=1)
        me.prompt()
        roles = [role for role, _ in said(home)]
        assert roles[-4:] == ["summary", "user", "assistant", "assistant"]
