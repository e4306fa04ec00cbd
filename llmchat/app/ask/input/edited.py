"""`ask --edit`: edits the question in the person's editor."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from llmchat.app.ask.input.question import PromptDraft
from llmchat.app.run.streams import is_terminal
from llmchat.app.terminal.editor import edit_text, editor_command
from llmchat.errors import EmptyPrompt
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.world import World

TERMINAL = "/dev/tty"


def edited(context: Context, draft: PromptDraft) -> PromptDraft:
    """The draft with the edited question; files and piped text are kept. An empty text is an
    error."""
    world = context.world
    with ExitStack() as opened:
        keys, screen = _keys(world, opened), _screen(world)
        command = editor_command(world.environ, terminal=is_terminal(keys))
        instruction = draft.prompt.instruction
        text = edit_text(instruction, command, environ=world.environ, stdin=keys, stdout=screen)
    if not text.strip():
        raise EmptyPrompt(
            msg("the edited question is empty; nothing was sent"), hint=msg("llmchat ask --edit")
        )
    return replace(draft, prompt=replace(draft.prompt, instruction=text))


def _keys(world: World, opened: ExitStack) -> TextIO | None:
    """The person's keyboard, even if stdin is a pipe; None if there is none."""
    if is_terminal(world.stdin):
        return world.stdin
    try:
        return opened.enter_context(open(TERMINAL, encoding="utf-8"))
    except OSError:  # the editor may not need a terminal
        return None


def _screen(world: World) -> TextIO | None:
    """The screen for the editor: stdout, unless it is redirected."""
    return next((s for s in (world.stdout, world.stderr) if is_terminal(s)), None)
