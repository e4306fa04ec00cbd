"""`ask --edit`: the question as the person's editor leaves it."""

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
    """Files and piped text stay as they are; nothing written is nothing to ask."""
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
    """The person's keyboard, also where stdin is a pipe."""
    if is_terminal(world.stdin):
        return world.stdin
    try:
        return opened.enter_context(open(TERMINAL, encoding="utf-8"))
    except OSError:  # an editor that needs no terminal
        return None


def _screen(world: World) -> TextIO | None:
    """stdout is the answer's, where it is not a terminal."""
    return next((s for s in (world.stdout, world.stderr) if is_terminal(s)), None)
