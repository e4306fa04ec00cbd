"""Session commands of enabled plugins; each is imported when it is first run."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError, NothingFound, Stopped, UsageError
from llmchat.language import msg
from llmchat.repl.answering.turns import send
from llmchat.repl.commands.command import SlashCommand

if TYPE_CHECKING:
    from llmchat.repl.session import Session
    from llmchat.system.entry_points import EntryPoint


class SessionOfPlugin:
    """The `PluginSession` of llmchat.plugin, which a plugin's command gets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def provider(self) -> str:
        return self._session.current.provider

    @property
    def question(self) -> str:
        return self._session.current.last_question()

    @property
    def answer(self) -> str:
        with suppress(NothingFound):
            return self._session.current.last_answer()
        return ""

    def say(self, text: str) -> None:
        self._session.output.say(text)


def plugin_commands(session: Session) -> list[SlashCommand]:
    """`/NAME` for each plugin command whose name is free. Nothing is imported."""
    found: dict[str, SlashCommand] = {}
    for entry in session.context.resources.plugins:
        if entry.kind == "command" and session.commands.get(entry.name) is None:
            about = msg("From the plugin {distribution}", distribution=entry.distribution)
            command = SlashCommand(entry.name, "[TEXT]", about, partial(_run, entry))
            found.setdefault(entry.name, command)
    return list(found.values())


async def _run(entry: EntryPoint, session: Session, rest: str) -> None:
    """Runs a plugin's command and asks the text it returns as a question; Ctrl-C stops it."""
    from llmchat.app.setup.plugins import load_plugin_command  # only where it is used
    from llmchat.system.loading import failure, raised

    command = load_plugin_command(entry)
    if command.in_session is None:
        problem = msg("{name} works only on the command line", name=entry.name)
        raise UsageError(problem, hint=msg("in a shell: llmchat {name}", name=entry.name))
    run = command.in_session

    async def work() -> str | None:
        try:
            return await run(SessionOfPlugin(session), rest)
        except (LlmchatError, Stopped):
            raise
        except (Exception, SystemExit) as error:  # asyncio would let a SystemExit end the session
            raise failure(entry, raised(error)) from error

    text = await session.while_listening(work())
    if isinstance(text, str) and text.strip():
        await send(session, text)
