"""The commands there are, without importing any: their names and what they do, and
the words of the overview."""

from __future__ import annotations

COMMANDS = {
    "ask": "Ask one question",
    "chat": "Talk, in a session that remembers",
    "models": "List providers and models",
    "auth": "Sign in, sign out, see who you are",
    "files": "List and delete files in your account",
    "history": "List, search, show and export conversations",
    "code": "Print a code block of an answer",
    "templates": "List, show and edit prompt templates",
    "config": "See and change settings",
    "doctor": "Check that everything works",
    "completion": "Print the completion script of a shell",
}

ABOUT = (
    "llmchat talks to language models: GigaChat, ChatGLM, Yqcloud, ChatGptt and every "
    "OpenAI-compatible server."
)
USAGE = 'llmchat COMMAND ...     or: llmchat "a question of several words"'
EXAMPLES = (
    ('llmchat ask -p demo "Hello"', "works without a key or a network"),
    ('git diff | llmchat ask "Review this change"', "piped text joins the question"),
    ("llmchat auth gigachat", "signs in"),
    ("llmchat COMMAND --help", "flags and examples"),
)
OPTIONS = "--version, --color auto|always|never (also behind the command), --help"
