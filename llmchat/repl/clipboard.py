"""The clipboard: the system's tool on a local machine, tmux or OSC 52 over ssh.

Why: docs/decisions/0064-clipboard.md.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from llmchat.errors import NothingFound, TooLong
from llmchat.programs import find, start

PATIENCE = 5.0  # seconds for a tool that talks to a display
LARGEST_SEQUENCE = 74_994  # characters of base64 that every terminal with OSC 52 takes
SCREEN_PIECE = 700  # GNU screen passes on strings of at most 768 bytes
NO_TOOL = "use the terminal's own paste key; pasting never sends"


@dataclass(frozen=True, slots=True)
class CopyTool:
    """`needs` is the variable that says its display is there."""

    copy: tuple[str, ...]
    paste: tuple[str, ...]
    needs: str = ""
    encoding: str = "utf-8"


TOOLS = (
    CopyTool(("pbcopy",), ("pbpaste",)),
    CopyTool(("wl-copy",), ("wl-paste", "--no-newline"), "WAYLAND_DISPLAY"),
    CopyTool(
        ("xclip", "-selection", "clipboard"), ("xclip", "-selection", "clipboard", "-o"), "DISPLAY"
    ),
    CopyTool(("xsel", "--clipboard", "--input"), ("xsel", "--clipboard", "--output"), "DISPLAY"),
    CopyTool(("termux-clipboard-set",), ("termux-clipboard-get",), "TERMUX_VERSION"),
    CopyTool(
        ("clip.exe",),
        ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"),
        encoding="utf-16",
    ),
)
TMUX = CopyTool(("tmux", "load-buffer", "-w", "-"), ("tmux", "save-buffer", "-"), "TMUX")


class Clipboard:
    """`write` reaches the terminal; nothing is looked for before it is needed."""

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        self._environ = environ
        self._write = write

    async def copy(self, text: str) -> str:
        """Returns how it was done."""
        for tool in self._tools():
            if await self._give(tool, text):
                return tool.copy[0]
        self._write(self._sequence(text))
        return "through the terminal"

    async def paste(self) -> str:
        for tool in self._tools():
            text = await self._take(tool)
            if text is not None:
                return text
        raise NothingFound("no clipboard tool found", hint=NO_TOOL)

    def _tools(self) -> Sequence[CopyTool]:
        """Over ssh the machine's own clipboard is not where the person sits."""
        environ = self._environ
        afar = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
        tools = (TMUX,) if afar else (*TOOLS, TMUX)
        return [t for t in tools if (not t.needs or environ.get(t.needs)) and self._is_there(t)]

    def _is_there(self, tool: CopyTool) -> bool:
        return bool(find(tool.copy[0], self._environ))

    async def _give(self, tool: CopyTool, text: str) -> bool:
        """Its stdout goes nowhere: tools that stay in the background would hold a pipe open."""
        content = text.encode(tool.encoding, "replace")
        return await self._run(tool.copy, content, output=asyncio.subprocess.DEVNULL) is not None

    async def _take(self, tool: CopyTool) -> str | None:
        found = await self._run(tool.paste, b"", output=asyncio.subprocess.PIPE)
        return None if found is None else found.decode("utf-8", "replace").replace("\r\n", "\n")

    async def _run(self, command: Sequence[str], content: bytes, *, output: int) -> bytes | None:
        try:
            begun = start(command, self._environ)
            process = await asyncio.create_subprocess_exec(
                *begun["args"],
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=asyncio.subprocess.DEVNULL,
                env=begun["env"],
                cwd=begun["cwd"],
            )
        except OSError:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                found, _ = await process.communicate(content)
        except TimeoutError:
            process.kill()
            return None
        return (found or b"") if process.returncode == 0 else None

    def _sequence(self, text: str) -> str:
        encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
        if len(encoded) > LARGEST_SEQUENCE:
            raise TooLong(
                "the text is too long for the terminal's clipboard", hint="save it with /save FILE"
            )
        return self._wrapped(f"\x1b]52;c;{encoded}\x07")

    def _wrapped(self, sequence: str) -> str:
        """In the envelope that multiplexers hand on."""
        if self._environ.get("TMUX"):
            return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        if self._environ.get("STY"):
            starts = range(0, len(sequence), SCREEN_PIECE)
            return "".join(f"\x1bP{sequence[i : i + SCREEN_PIECE]}\x1b\\" for i in starts)
        return sequence
