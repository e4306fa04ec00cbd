"""An answer with calls as the messages it was made of."""

from __future__ import annotations

from llmchat.values.calls import KeptCall, ToolCall
from llmchat.values.messages import Message
from llmchat.values.rounds import UNSEEN, unfolded


def kept(number: int, at: int, *, ended: bool = True, thought: int = 0) -> KeptCall:
    call = ToolCall(f"c{number}", "now", "{}", "box/now", number)
    return KeptCall(call, at, thought, "r" if ended else "", "ok" if ended else "")


def shapes(messages: list[Message]) -> list[tuple[str, str]]:
    return [(m.role, m.call.id if m.call else m.text) for m in messages]


def test_each_round_is_a_message_with_its_results() -> None:
    answer = Message("assistant", "One.\n\nTwo.\n\nThree.")
    found = list(unfolded(answer, [kept(1, 4), kept(2, 10)]))
    assert shapes(found) == [
        ("assistant", "One."),
        ("tool", "c1"),
        ("assistant", "Two."),
        ("tool", "c2"),
        ("assistant", "Three."),
    ]


def test_calls_of_one_round_stand_in_one_message() -> None:
    calls = [KeptCall(ToolCall(f"c{n}", "now", round=1), 0, outcome="ok") for n in range(3)]
    first, *results, last = unfolded(Message("assistant", "Done."), calls)
    assert [call.id for call in first.calls] == ["c0", "c1", "c2"]
    assert [m.call and m.call.id for m in results] == ["c0", "c1", "c2"]
    assert last.text == "Done."


def test_an_answer_that_ended_with_a_call_ends_with_its_result() -> None:
    (*_, last) = unfolded(Message("assistant", "One."), [kept(1, 4)])
    assert last.role == "tool"


def test_a_call_whose_end_nobody_saw_has_a_result_all_the_same() -> None:
    (_, last) = unfolded(Message("assistant", ""), [kept(1, 0, ended=False)])
    assert last.text == UNSEEN


def test_what_was_thought_goes_with_its_round() -> None:
    answer = Message("assistant", "Two.", reasoning="firstsecond")
    first, _, last = unfolded(answer, [kept(1, 0, thought=5)])
    assert (first.reasoning, last.reasoning) == ("first", "second")


def test_places_from_a_foreign_hand_do_no_harm() -> None:
    found = list(unfolded(Message("assistant", "ab"), [kept(1, 10**9), kept(2, -5)]))
    assert [m.role for m in found[:2]] == ["assistant", "tool"]
