"""Classifies the values on the command line, so that completion can offer them."""

from __future__ import annotations

from typing import Any

TEXT = "text"
FILE = "file"

BY_NAME = {
    "provider": "provider",
    "fallback": "provider",
    "model": "model",
    "cid": "conversation",
    "template": "template",
    "color": "choice:auto always never",
    "shell": "choice:bash zsh fish powershell",
    "effort": "choice:none low medium high max",
    "theme": "choice:auto dark light",
    "format": "choice:markdown json jsonl html",
    "form": "choice:markdown json jsonl html",
    "tool": "tool",
    "allow": "tool",
    "scope": "choice:PERS B2B CORP",
}
BY_METAVAR = {
    "PROVIDER": "service",
    "MODEL": "model",
    "ID": "conversation",
    "FILE": FILE,
    "PATH": FILE,
    "PATH|URL|-": FILE,
    "PATH|URL": FILE,
    "PATH|-": FILE,
    "FILE|JSON|FIELDS": FILE,
    "FOLDER": FILE,
    "TEMPLATE": "template",
    "SHELL": "choice:bash zsh fish powershell",
    "LIST|DELETE": "choice:list delete",
}
BY_COMMAND = {
    ("models", "PROVIDER"): "service",
    ("doctor", "PROVIDER"): "service",
    ("auth", "NAME"): "service",
    ("config", "KEY"): "setting",
    ("files", "ID"): TEXT,
    ("templates", "NAME"): "template",
    ("batch", "NAME"): "choice:lines jsonl csv",
    ("history", "WHAT"): "choice:model day provider",
    ("tools", "TOOL"): "tool",
    ("plugins", "PLUGIN"): "plugin",
}


def kind_of(parameter: Any, path: tuple[str, ...]) -> str:
    """The kind of a parameter: `choice:a b` for fixed words, a source of `values`, `file`, or
    `text`."""
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return "choice:" + " ".join(str(getattr(c, "value", c)) for c in choices)
    metavar = (parameter.metavar or parameter.name).strip("[].").upper()
    return (
        BY_COMMAND.get((path[0], metavar))
        or BY_NAME.get(parameter.name)
        or BY_METAVAR.get(metavar, TEXT)
    )
