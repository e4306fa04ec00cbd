"""Draws a tool call for the person who must approve it, and a tool's whole definition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from rich.box import ASCII, ROUNDED
from rich.panel import Panel
from rich.text import Text

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line, guarded
from llmchat.render.tables.listing import FoldedCell
from llmchat.render.tables.table import Styled
from llmchat.render.terminal.console import console_for
from llmchat.render.terminal.screen import Screen
from llmchat.render.width import cut
from llmchat.tools.tool import Tool

WIDEST = 100  # columns; longer lines are hard to read
FRAME = 4  # cells of both borders
HINTS = (
    ("readOnlyHint", True, msg("says that it only reads")),
    ("destructiveHint", True, msg("says that it may change or delete things")),
    ("openWorldHint", True, msg("says that it reaches other systems")),
)


def call_panel(
    tool: Tool, arguments: str, screen: Screen, theme: str, *, edited: bool = False
) -> str:
    """The panel with the tool's name and all its arguments, which are JSON in lines."""
    notes = [*_hints(tool), *([msg("you changed the arguments")] if edited else ())]
    title = msg("The model wants to run {label}", label=tool.label)
    return _panel(title, [Styled(arguments, "none")], notes, screen, theme)


def definition_panel(tool: Tool, screen: Screen, theme: str) -> str:
    """The panel with everything that the model sees of a tool, and its hash."""
    schema = json.dumps(tool.spec.parameters, ensure_ascii=False, indent=2)
    body = [Styled(f"{tool.spec.description}\n\n", "none"), Styled(schema, "none")]
    told = [
        f"{tool.title}" if tool.title else "",
        msg("called {name} by the model", name=tool.spec.name),
    ]
    hints = [f"{name}: {value}" for name, value in tool.hints.items()]
    return _panel(
        tool.label,
        body,
        [*told, *hints, msg("hash {definition}", definition=tool.definition)],
        screen,
        theme,
    )


def _hints(tool: Tool) -> Iterator[str]:
    """What its server says about it, unverified."""
    for name, value, words in HINTS:
        if tool.hints.get(name) is value:
            yield msg("the tool {words} (not verified)", words=words)


def _panel(
    title: str, body: Sequence[Styled], notes: Iterable[str], screen: Screen, theme: str
) -> str:
    """The panel as text for that screen; foreign text in it is cleaned and wrapped."""
    columns = max(20, min(WIDEST, screen.size()[0]))
    below = [Styled(f"\n{translated(note)}", "hint") for note in notes if note]
    drawn = Panel(
        FoldedCell([*body, *below], columns - FRAME),
        title=Text(cut(guarded(clean_line(translated(title))), columns - 6), "bold"),
        title_align="left",
        box=ROUNDED if screen.encoding.startswith("utf") else ASCII,
        width=columns,
    )
    console = console_for(screen, theme)
    with console.capture() as capture:
        console.print(drawn)
    return capture.get()
