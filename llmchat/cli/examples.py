"""What people would really run: three lines for every command that has none in its own file.

A test reads each line as the command line would, so that none of them can rot.
"""

from __future__ import annotations

EXAMPLES = {
    "auth status": (
        "llmchat auth status",
        "llmchat auth status gigachat",
        "llmchat auth status --json | jq '.[] | select(.signed_in)'",
    ),
    "auth logout": (
        "llmchat auth logout gigachat",
        "llmchat auth logout openai",
        "llmchat auth logout zai && llmchat auth zai",
    ),
    "auth token": (
        "llmchat auth token",
        "llmchat auth token gigachat",
        'curl -H "Authorization: Bearer $(llmchat auth token)" https://...',
    ),
    "history": (
        "llmchat history list",
        "llmchat history search bees provider:gigachat",
        "llmchat history show last",
    ),
    "history show": (
        "llmchat history show",
        "llmchat history show last --raw | less",
        "llmchat history show k3f --json | jq .title",
    ),
    "history search": (
        "llmchat history search sorting",
        'llmchat history search "exact words" provider:gigachat',
        "llmchat history search пчёлы -l 5 --json",
    ),
    "history rename": (
        "llmchat history rename last Sorting in Python",
        'llmchat history rename k3f "Sorting in Python"',
        'llmchat history rename "old title" A new title',
    ),
    "history delete": (
        "llmchat history delete last",
        "llmchat history delete k3f 9xw",
        "llmchat history delete last && llmchat history restore last",
    ),
    "history restore": (
        "llmchat history restore last",
        "llmchat history restore k3f",
        "llmchat history restore k3f 9xw",
    ),
    "history purge": (
        "llmchat history purge k3f",
        "llmchat history purge --all --older-than 30",
        "llmchat history purge --all --yes",
    ),
    "history export": (
        "llmchat history export last > answer.md",
        "llmchat history export last -f html -O answer.html",
        "llmchat history export --all -f json -O backup.json",
    ),
    "history import": (
        "llmchat history import backup.json",
        "llmchat history import ~/.config/io.datasette.llm/logs.db",
        "llmchat history import conversations.json --json",
    ),
    "history stats": (
        "llmchat history stats",
        "llmchat history stats --json",
        "llmchat history stats --json | jq .messages",
    ),
    "history code": (
        "llmchat history code",
        "llmchat history code last 2 > sort.py",
        "llmchat history code --list",
    ),
    "templates list": (
        "llmchat templates list",
        "llmchat templates list --json",
        "llmchat templates list --json | jq -r '.[].name'",
    ),
    "templates show": (
        "llmchat templates show review",
        "llmchat templates show translate | head",
        "llmchat templates show commit > my-commit.md",
    ),
    "templates edit": (
        "llmchat templates edit haiku",
        "llmchat templates edit review",
        "EDITOR=nano llmchat templates edit commit",
    ),
    "templates path": (
        "llmchat templates path",
        "llmchat templates path review",
        'ls "$(llmchat templates path)"',
    ),
    "config list": (
        "llmchat config list",
        "llmchat config list --json",
        "llmchat config list | grep timeout",
    ),
    "config get": (
        "llmchat config get provider",
        "llmchat config get providers.openai.base_url",
        "llmchat config get timeout",
    ),
    "config set": (
        "llmchat config set provider ollama",
        "llmchat config set providers.openai.base_url https://gateway.example/v1",
        "pass show openai | llmchat config set providers.openai.api_key -",
    ),
    "config unset": (
        "llmchat config unset provider",
        "llmchat config unset providers.openai.model",
        "llmchat config unset proxy",
    ),
    "config edit": (
        "llmchat config edit",
        "EDITOR=nano llmchat config edit",
        'VISUAL="code --wait" llmchat config edit',
    ),
    "config path": (
        "llmchat config path",
        'cat "$(llmchat config path)"',
        'cp "$(llmchat config path)" backup.toml',
    ),
    "config validate": (
        "llmchat config validate",
        "LLMCHAT_CONFIG=new.toml llmchat config validate",
        "llmchat config validate && echo fine",
    ),
}


def epilog(path: str) -> str:
    """As Typer prints it line by line; "" for a command that brings its own."""
    lines = EXAMPLES.get(path, ())
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in lines) if lines else ""
