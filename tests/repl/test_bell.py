"""What a terminal is told at the end of an answer."""

from __future__ import annotations

import pytest

from llmchat.repl.answering.bell import notification


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TERM": "xterm-256color"}, "\x07"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;;done\x1b\\\x07"),
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]777;notify;llmchat;done\x1b\\\x07"),
        ({"TERM": "foot-extra"}, "\x1b]777;notify;llmchat;done\x1b\\\x07"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;done\x07\x07"),
        (
            {"TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"},
            "\x1bPtmux;\x1b\x1b]99;;done\x1b\x1b\\\x1b\\\x07",
        ),
    ],
)
def test_each_terminal_is_told_in_its_own_way(environ: dict[str, str], said: str) -> None:
    assert notification("done", environ) == said


def test_a_title_cannot_end_the_sequence_or_begin_another() -> None:
    said = notification("a\x07\x1b]0;x\x1b\\;b" + "c" * 500, {"TERM": "xterm-kitty"})
    body = said.removeprefix("\x1b]99;;").removesuffix("\x1b\\\x07")
    assert "\x1b" not in body
    assert "\x07" not in body
    assert ";" not in body
    assert len(body) <= 80
