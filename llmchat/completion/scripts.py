"""Finds and prints the completion scripts installed with the program, without Typer."""

from __future__ import annotations

import os

FILES = {
    "bash": "llmchat.bash",
    "zsh": "_llmchat",
    "fish": "llmchat.fish",
    "powershell": "llmchat.ps1",
}
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = (f"{PACKAGE}/data/completions", f"{os.path.dirname(PACKAGE)}/completions")  # wheel, clone


KEYS = {"bash": "keys.bash", "zsh": "keys.zsh", "fish": "keys.fish", "powershell": "keys.ps1"}


def key_script(shell: str) -> str:
    """The script that binds Alt-E in a shell; "" if it is not installed."""
    return _first_of([f"{PACKAGE}/data/keys/{KEYS[shell]}"])


def script(shell: str) -> str:
    """The bytes of a shell's completion script; "" if it is not installed."""
    return _first_of([f"{folder}/{FILES[shell]}" for folder in FOLDERS])


def _first_of(places: list[str]) -> str:
    for place in places:
        if os.path.exists(place):
            with open(place, encoding="utf-8") as file:
                return file.read()
    return ""
