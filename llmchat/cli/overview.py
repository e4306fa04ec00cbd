"""`llmchat --help`: one screen, made from the table of commands."""

from __future__ import annotations

from llmchat.cli.commands import COMMANDS

START = """\
llmchat talks to language models: GigaChat, ChatGLM, Yqcloud, ChatGptt and every
OpenAI-compatible server.

Usage: llmchat COMMAND ...     or: llmchat "a question of several words"

"""
END = """
  llmchat ask -p demo "Hello"                   works without a key or a network
  git diff | llmchat ask "Review this change"   piped text joins the question
  llmchat auth gigachat                         signs in
  llmchat COMMAND --help                        flags and examples

Options: --version, --color auto|always|never (also behind the command), --help
"""


def overview() -> str:
    width = max(len(name) for name in COMMANDS)
    rows = (f"  {name:<{width}}  {command.about}" for name, command in COMMANDS.items())
    return START + "\n".join(rows) + "\n" + END
