"""Generates every file derived from the command line, by its path in the source tree.

Why: docs/decisions/0071-completion.md.
"""

from __future__ import annotations

from dev.completion import bash, fish, manual, powershell, zsh
from dev.completion.static_values import static_values_source
from dev.completion.tree import command_tree


def generate() -> dict[str, str]:
    top = command_tree()
    return {
        "completions/llmchat.bash": bash.script(top),
        "completions/_llmchat": zsh.script(top),
        "completions/llmchat.fish": fish.script(top),
        "completions/llmchat.ps1": powershell.script(top),
        "man/llmchat.1": manual.page(top),
        "llmchat/completion/static_values.py": static_values_source(),
    }
