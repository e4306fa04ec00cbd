"""The question as the command line and stdin make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.app.run import Run
from llmchat.app.terminal import is_terminal
from llmchat.errors import EmptyPrompt
from llmchat.messages import Attachment

if TYPE_CHECKING:
    from llmchat.app.ask import Asked


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    system: str
    attachments: tuple[Attachment, ...] = ()


async def read_question(run: Run, asked: Asked) -> Question:
    words = " ".join(w for w in asked.words if w != "-")
    stdin = run.world.stdin
    piped = "" if is_terminal(stdin) and "-" not in asked.words else stdin.read()
    text = "\n\n".join(t for t in (words, piped.rstrip("\n")) if t.strip())
    if not text:
        raise EmptyPrompt("there is nothing to ask", hint='llmchat ask "your question"')
    return Question(text, run.settings.text("system"))
