"""docs/chat.md and the program say the same."""

from __future__ import annotations

from pathlib import Path

from llmchat.repl.commands.table import all_commands

PAGE = Path(__file__).parents[2] / "docs" / "chat.md"
CONTRACT = [
    "help",
    "exit",
    "new",
    "model",
    "provider",
    "system",
    "set",
    "info",
    "retry",
    "undo",
    "redo",
    "edit",
    "continue",
    "copy",
    "save",
    "file",
    "paste",
    "raw",
    "tokens",
    "history",
    "search",
    "resume",
    "fork",
    "rename",
    "delete",
    "export",
    "template",
    "doctor",
    "tree",
]


def test_the_page_lists_every_command_with_its_words() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `/")]
    wanted = []
    for command in all_commands():
        also = ", ".join(f"`/{alias}`" for alias in command.aliases)
        usage = command.usage.replace("|", "\\|")
        wanted.append(f"| `{usage}` | {command.about}{f' (also {also})' * bool(also)} |")
    assert rows == wanted


def test_every_promised_command_is_there_and_no_name_is_taken_twice() -> None:
    commands = all_commands()
    assert set(CONTRACT) <= {command.name for command in commands}
    names = [n for command in commands for n in (command.name, *command.aliases)]
    assert len(names) == len(set(names))
