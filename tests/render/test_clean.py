"""Foreign text cannot drive a terminal, whatever sink it reaches."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.render.answer import TerminalAnswer
from llmchat.render.clean import Cleaner, clean, clean_line, guarded, hides
from llmchat.render.plain import Plain
from llmchat.render.reasoning import Thoughts
from llmchat.render.terminal.live import render_once
from llmchat.render.terminal.screen import Screen
from llmchat.values.events import Delta, Event, Finish, Reasoning
from tests.render.attacks import ATTACKS, forbidden
from tests.render.emulator import cut, drawn

BENIGN = (
    "Plain English, with tabs\tand\nlines.",
    "Ещё ты дремлешь, друг прелестный — пора, красавица, проснись: «ёлка» № 5…",
    "大语言模型（LLM）是什么？「引用」，。！",
    "日本語のテキスト、カタカナ、か\u3099",
    "한국어 텍스트",
    "می‌خواهم",
    "שלום עולם",
    "नमस्ते क्\u200dष",
    "ไทยภาษาไทย",
    "Việt Nam, e\u0301, n\u0303",
    "👨\u200d👩\u200d👧 ❤\ufe0f 🇷🇺 👍🏽 ⚠\ufe0f ✅",
    "½ × 10³ ≤ ∞ → ∑ √2 ∈ ℝ",
    "┌─┐│ │└─┘ ▓▒░ ⣿⠀",
    "a\u00a0b\u3000c\u2009d",
    "𝕊𝕔𝕣𝕚𝕡𝕥 𠮷野家",
    "\ue0b0 nerd font",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f England",
)


def test_the_corpus_is_about_two_hundred_attacks() -> None:
    """What is harmless as it stands is dangerous as Markdown only: entities, markup, targets."""
    assert len(ATTACKS) >= 190
    assert len([attack for attack in ATTACKS if forbidden(attack)]) >= 170


@pytest.mark.parametrize("text", BENIGN)
def test_benign_text_is_exact(text: str) -> None:
    assert clean(text) == text
    assert not hides(text)
    assert guarded(text.replace("\n", "").replace("\t", "")) == text.replace("\n", "").replace(
        "\t", ""
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "^[[31m"),
        ("\x00\x07\x08\x7f", "^@^G^H^?"),
        ("\x9b2J\x85", "<U+009B>2J<U+0085>"),
        ("a\u202eb", "a<U+202E>b"),
        ("\U000e0041", "<U+E0041>"),
        ("a\u200bb", "a<U+200B>b"),
        ("a\u200db", "a<U+200D>b"),
        ("one\r\ntwo\rthree", "one\ntwo^Mthree"),
        ("\u0301x", "\u25cc\u0301x"),
        ("e" + "\u0301" * 9 + "f", "e" + "\u0301" * 6 + "\ufffdf"),
        ("\ud800", "\ufffd"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f<U+FE0F>"),
        ("葛\U000e0172", "葛<U+E0172>"),
        ("🏴\U000e0067\U000e0062", "🏴<U+E0067><U+E0062>"),
        ("🏴\U000e0041\U000e0042\U000e0043\U000e007f", "🏴<U+E0041><U+E0042><U+E0043><U+E007F>"),
        ("x\U000e0067\U000e0062\U000e0065\U000e007f", "x<U+E0067><U+E0062><U+E0065><U+E007F>"),
        ("🏴" + "\U000e0067" * 9, "🏴" + "<U+E0067>" * 9),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_passes_the_cleaner(attack: str) -> None:
    assert forbidden(clean(attack)) == ""
    assert forbidden(clean_line(attack)) == ""
    assert "\n" not in clean_line(attack)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_passes_the_guard_at_the_output(attack: str) -> None:
    """The second guard stands alone: text that came past the first is harmless behind it."""
    left = guarded(attack)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in left)
    assert not any(
        0x202A <= ord(char) <= 0x202E or 0xE0000 <= ord(char) <= 0xE007F for char in left
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_passes_the_live_renderer(attack: str) -> None:
    """Alone, inside other text, and inside a fence; in pieces."""
    for markdown in (attack, f"before {attack} after\n\n- {attack}\n", f"```py\n{attack}\n```\n"):
        terminal = drawn(cut(markdown, len(attack)), columns=40)
        assert forbidden(terminal.written, drawn=True) == ""
        assert terminal.screen.title == ""
        colours = {cell[1] for line in terminal.cells() for cell in line}
        assert "red" not in colours, "we never draw in it, the attacks do"


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_attack_passes_raw_text_or_reasoning_on_a_terminal(attack: str) -> None:
    out = io.StringIO()
    await Plain(out, tty=True).show(_events(Delta(attack[:3]), Delta(attack[3:])))
    assert forbidden(out.getvalue()) == ""
    screen = Screen(io.StringIO(), lambda: (40, 24))
    thoughts = _Tty()
    await TerminalAnswer(screen, reasoning=Thoughts(thoughts)).show(
        _events(Reasoning(attack), Delta("x"))
    )
    assert forbidden(thoughts.getvalue(), drawn=True) == ""


def test_no_attack_passes_a_terminal_without_colours() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp866")
    bare = Screen(stream, lambda: (40, 24), colour=False, attributes=False, cursor=False)
    for attack in ATTACKS:
        assert forbidden(render_once(attack, bare)) == ""
        assert "\x1b" not in render_once(attack, bare)


ODD = "a\r\n🏴\U000e0067\U000e0062\U000e0065\U000e007f\u0301\u200d\ufe0f\U000e0172"


@given(st.text() | st.text(ODD, max_size=20), st.integers(0, 1000))
@settings(max_examples=300)
def test_a_stream_cut_anywhere_is_cleaned_like_the_whole(text: str, seed: int) -> None:
    cleaner = Cleaner()
    pieces = [cleaner.feed(piece) for piece in cut(text, seed)]
    assert "".join(pieces) + cleaner.flush() == clean(text)


@given(st.text(st.characters(codec=None), max_size=60))
@settings(max_examples=200)
def test_any_text_is_harmless_once_it_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert forbidden(cleaned) == ""
    assert clean(cleaned) == cleaned


def test_rich_markup_and_emoji_codes_are_only_text() -> None:
    text = "[bold]x[/bold] :warning:"
    assert text in drawn([text], columns=80).text()


def test_a_link_shows_its_target() -> None:
    """Whatever its text says, and without any hidden link of the terminal."""
    terminal = drawn(["[bank.example](http://evil.example/a)"], columns=80)
    assert terminal.text() == "bank.example (http://evil.example/a)"
    assert "\x1b]8" not in terminal.written


def _events(*events: Event) -> AsyncIterator[Event]:
    async def stream() -> AsyncIterator[Event]:
        for event in events:
            yield event
        yield Finish("stop", "m")

    return stream()


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True
