"""The clipboard, with tools of our own and the terminal's own way."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from llmchat.app.terminal.clipboard import Clipboard
from llmchat.errors import NothingFound, TooLong


def tool(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o700)


def place(tmp_path: Path) -> str:
    return f"{tmp_path / 'bin'}:/usr/bin:/bin"


async def test_the_machines_own_tool_gets_the_exact_text(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "wl-copy", f'cat > "{tmp_path}/got"')
    tool(tmp_path / "bin", "wl-paste", f'cat "{tmp_path}/got"')
    written: list[str] = []
    environ = {"PATH": place(tmp_path), "WAYLAND_DISPLAY": "wayland-0"}
    clipboard = Clipboard(environ, written.append)
    assert await clipboard.copy("ü\n\x1b[1m 語") == "wl-copy"
    assert (tmp_path / "got").read_text() == "ü\n\x1b[1m 語"
    assert await clipboard.paste() == "ü\n\x1b[1m 語"
    assert written == []


async def test_a_tool_that_fails_leaves_it_to_the_next(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "xclip", "exit 1")
    tool(tmp_path / "bin", "xsel", "cat > /dev/null")
    environ = {"PATH": str(tmp_path / "bin") + ":/bin:/usr/bin", "DISPLAY": ":0"}
    assert await Clipboard(environ, lambda _: None).copy("x") == "xsel"


async def test_from_afar_the_terminal_is_asked(tmp_path: Path) -> None:
    """The tool of the far machine would fill a clipboard that nobody sees."""
    tool(tmp_path / "bin", "wl-copy", "cat > /dev/null")
    written: list[str] = []
    environ = {"PATH": str(tmp_path / "bin"), "WAYLAND_DISPLAY": "w", "SSH_TTY": "/dev/pts/1"}
    assert await Clipboard(environ, written.append).copy("héllo") == "through the terminal"
    assert written == [f"\x1b]52;c;{base64.b64encode('héllo'.encode()).decode()}\x07"]


async def test_tmux_and_screen_hand_the_sequence_on(tmp_path: Path) -> None:
    written: list[str] = []
    await Clipboard({"PATH": str(tmp_path), "TMUX": "x"}, written.append).copy("a")
    assert written.pop() == "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
    await Clipboard({"PATH": str(tmp_path), "STY": "x"}, written.append).copy("a" * 900)
    pieces = written.pop().split("\x1b\\")
    assert len(pieces) == 3
    assert all(piece.startswith("\x1bP") for piece in pieces[:-1])


async def test_what_no_terminal_takes_is_refused_with_another_way(tmp_path: Path) -> None:
    with pytest.raises(TooLong, match="too long for the terminal") as caught:
        await Clipboard({"PATH": str(tmp_path)}, lambda _: None).copy("x" * 100_000)
    assert "/save FILE" in caught.value.hint


async def test_without_a_tool_the_terminals_own_key_pastes(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="no clipboard tool") as caught:
        await Clipboard({"PATH": str(tmp_path)}, lambda _: None).paste()
    assert "paste key" in caught.value.hint
