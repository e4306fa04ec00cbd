"""The clipboard: the system's tool on a local machine; tmux or OSC 52 over ssh.

Why: docs/decisions/0064-clipboard.md.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from llmchat.app.terminal.passthrough import passed_through
from llmchat.errors import NothingFound, TooLong
from llmchat.language import msg
from llmchat.system.programs import find, start

PATIENCE = 5.0  # seconds for a tool, which talks to a display
LARGEST_SEQUENCE = 74_994  # characters of base64; all terminals with OSC 52 take that many
PNG_START = b"\x89PNG\r\n\x1a\n"
NO_PICTURE = msg("copy a picture first; for text use the terminal's paste key or /paste")
NO_PICTURE_TOOL = msg("install wl-clipboard, xclip or pngpaste, or name a file: /file PATH")
NO_TOOL = msg("use the terminal's own paste key; pasting never sends")


@dataclass(frozen=True, slots=True)
class ClipboardTool:
    """A program that sets the clipboard; `needs` is the variable that says that its display
    exists."""

    copy: tuple[str, ...]
    paste: tuple[str, ...]
    needs: str = ""
    encoding: str = "utf-8"


TOOLS = (
    ClipboardTool(("pbcopy",), ("pbpaste",)),
    ClipboardTool(("wl-copy",), ("wl-paste", "--no-newline"), "WAYLAND_DISPLAY"),
    ClipboardTool(
        ("xclip", "-selection", "clipboard"), ("xclip", "-selection", "clipboard", "-o"), "DISPLAY"
    ),
    ClipboardTool(
        ("xsel", "--clipboard", "--input"), ("xsel", "--clipboard", "--output"), "DISPLAY"
    ),
    ClipboardTool(("termux-clipboard-set",), ("termux-clipboard-get",), "TERMUX_VERSION"),
    ClipboardTool(
        ("clip.exe",),
        ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"),
        encoding="utf-16",
    ),
)
PNG = "image/png"
POWERSHELL_PICTURE = (
    "Add-Type -AssemblyName System.Windows.Forms; "
    "$i = [Windows.Forms.Clipboard]::GetImage(); if (-not $i) { exit 1 }; "
    "$m = New-Object IO.MemoryStream; $i.Save($m, [Drawing.Imaging.ImageFormat]::Png); "
    "[Convert]::ToBase64String($m.ToArray())"
)
PICTURE_TOOLS = (  # these can only read a picture, and print it
    ClipboardTool((), ("pngpaste", "-")),
    ClipboardTool((), ("wl-paste", "--type", PNG), "WAYLAND_DISPLAY"),
    ClipboardTool((), ("xclip", "-selection", "clipboard", "-t", PNG, "-o"), "DISPLAY"),
    ClipboardTool((), ("powershell.exe", "-NoProfile", "-STA", "-Command", POWERSHELL_PICTURE)),
)
TMUX = ClipboardTool(("tmux", "load-buffer", "-w", "-"), ("tmux", "save-buffer", "-"), "TMUX")


class Clipboard:
    """The clipboard; `write` writes to the terminal. Tools are looked for when first needed."""

    def __init__(self, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
        self._environ = environ
        self._write = write

    async def copy(self, text: str) -> str:
        """Copies a text; returns how it was done."""
        for tool in self._tools():
            if await self._give(tool, text):
                return tool.copy[0]
        self._write(self._sequence(text))
        return msg("through the terminal")

    async def paste(self) -> str:
        for tool in self._tools():
            text = await self._take(tool)
            if text is not None:
                return text
        raise NothingFound(msg("no clipboard tool found"), hint=NO_TOOL)

    async def picture(self) -> bytes:
        """The picture in the clipboard, as PNG; an error says what is there instead."""
        tools = [] if self._is_afar else [t for t in PICTURE_TOOLS if self._is_usable(t)]
        for tool in tools:
            found = await self._run(tool.paste, b"", output=asyncio.subprocess.PIPE)
            if found and tool.paste[0] == "powershell.exe":
                found = _decoded(found)
            if found and found.startswith(PNG_START):
                return found
        if tools:
            raise NothingFound(msg("the clipboard contains no picture"), hint=NO_PICTURE)
        where = msg("to take a picture from")
        if self._is_afar:
            where = msg("on this side of the connection")
        raise NothingFound(msg("there is no clipboard {where}", where=where), hint=NO_PICTURE_TOOL)

    @property
    def _is_afar(self) -> bool:
        """Whether this is an ssh session, where the machine's clipboard is not the person's."""
        return bool(self._environ.get("SSH_CONNECTION") or self._environ.get("SSH_TTY"))

    def _tools(self) -> Sequence[ClipboardTool]:
        return [t for t in ((TMUX,) if self._is_afar else (*TOOLS, TMUX)) if self._is_usable(t)]

    def _is_usable(self, tool: ClipboardTool) -> bool:
        has_display = not tool.needs or bool(self._environ.get(tool.needs))
        return has_display and bool(find((tool.copy or tool.paste)[0], self._environ))

    async def _give(self, tool: ClipboardTool, text: str) -> bool:
        """Whether the tool took the text. Its stdout is discarded: tools that stay in the
        background would keep a pipe open."""
        content = text.encode(tool.encoding, "replace")
        return await self._run(tool.copy, content, output=asyncio.subprocess.DEVNULL) is not None

    async def _take(self, tool: ClipboardTool) -> str | None:
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
                msg("the text is too long for the terminal's clipboard"),
                hint=msg("save it with /save FILE"),
            )
        return passed_through(f"\x1b]52;c;{encoded}\x07", self._environ)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""
