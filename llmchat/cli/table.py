"""The table of commands (name and summary) and the overview, without importing the commands."""

from __future__ import annotations

COMMANDS = {
    "ask": "Ask one question",
    "chat": "Start an interactive chat",
    "batch": "Ask every prompt in a file",
    "cmd": "Turn words into a shell command",
    "models": "List providers and models",
    "auth": "Manage keys and sign-ins: llmchat auth gigachat",
    "files": "List and delete files in your account",
    "history": "List, search, show and export conversations",
    "code": "Print a code block of an answer",
    "serve": "Serve your models to other programs",
    "tools": "Manage tools that a model may call",
    "plugins": "Enable and check plugins",
    "templates": "List, show and edit prompt templates",
    "config": "View and change settings",
    "doctor": "Check files, settings, network and keys",
    "completion": "Print a shell completion script",
}

ABOUT = "Talk to GigaChat, ChatGLM, Yqcloud, ChatGptt and every OpenAI-compatible server."
USAGE = 'llmchat COMMAND ...     or: llmchat "a question of several words"'
EXAMPLES = (
    ('llmchat ask -p demo "Hello"', "works without a key or a network"),
    ('git diff | llmchat ask "Review this change"', "piped text is added"),
)
HELP = ("-h", "--help")
OPTIONS = "--version, --color auto|always|never (also after the command), --help"
