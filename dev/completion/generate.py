"""Generates every file derived from the command line, by its path in the source tree.

Why: docs/decisions/0071-completion.md.
"""

from __future__ import annotations

from dev.completion import bash, fish, manual, powershell, zsh
from dev.completion.static_values import static_values_source
from dev.completion.tree import Node, command_tree
from dev.messages.catalogues import compile_all, languages
from llmchat.language import ENGLISH, use


def generate() -> dict[str, str]:
    top = command_tree()
    compile_all()
    return {
        "completions/llmchat.bash": bash.script(top),
        "completions/_llmchat": zsh.script(top),
        "completions/llmchat.fish": fish.script(top),
        "completions/llmchat.ps1": powershell.script(top),
        "man/llmchat.1": manual.page(top),
        **{f"man/{name}/llmchat.1": _manual(top, name) for name in languages()},
        "llmchat/completion/static_values.py": static_values_source(),
    }


def _manual(top: Node, language: str) -> str:
    """The manual in one of llmchat's languages."""
    use(lambda: language)
    try:
        return manual.page(top)
    finally:
        use(lambda: ENGLISH)
