"""Hints for users of similar programs: what they type, and what to type instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from llmchat.language import msg

PLAIN = re.compile(r"[\w.:/-]{1,40}")  # a word that can be quoted in a hint unchanged
UPGRADE = "in your clone: git pull && pipx install --force ."
SHELL_COMMAND = 'llmchat cmd "what it should do", which runs nothing until you press r'

# In a hint, {} is the word that follows, or without one the placeholder after the bar.
COMMANDS: Mapping[str, str] = {
    "keys": "llmchat auth status",
    "keys set": "llmchat auth {}|PROVIDER",
    "keys list": "llmchat auth status",
    "keys path": "llmchat auth status",
    "login": "llmchat auth {}|gigachat",
    "signin": "llmchat auth {}|gigachat",
    "logout": "llmchat auth logout {}|PROVIDER",
    "whoami": "llmchat auth status",
    "logs": "llmchat history list",
    "logs list": "llmchat history list",
    "logs path": "llmchat config path --all",
    "log": "llmchat history list",
    "conversations": "llmchat history list",
    "conversation": "llmchat history list",
    "sessions": "llmchat history list",
    "session": "llmchat history list",
    "chats": "llmchat history list",
    "search": "llmchat history search {}|WORDS",
    "show": "llmchat history show {}|last",
    "export": "llmchat history export {}|last",
    "import": "llmchat history import {}|FILE",
    "prompt": "llmchat ask {}|QUESTION",
    "query": "llmchat ask {}|QUESTION",
    "continue": "llmchat ask -c QUESTION, or llmchat chat -c",
    "resume": "llmchat chat --resume",
    "repl": "llmchat chat",
    "list": "llmchat models, or llmchat history list",
    "ls": "llmchat models, or llmchat history list",
    "model": "llmchat models {}|",
    "provider": "llmchat models",
    "providers": "llmchat models",
    "set-default": "llmchat config set provider {}|PROVIDER",
    "default": "llmchat config set provider {}|PROVIDER",
    "use": "llmchat config set provider {}|PROVIDER",
    "set": "llmchat config set {}|KEY VALUE",
    "settings": "llmchat config list",
    "setup": "llmchat auth PROVIDER, then llmchat doctor",
    "init": "llmchat auth PROVIDER, then llmchat doctor",
    "mcp": "llmchat tools list",
    "mcp add": "llmchat tools add {}|NAME -- COMMAND...",
    "mcp list": "llmchat tools list",
    "mcp remove": "llmchat tools remove {}|NAME",
    "tool": "llmchat tools list",
    "tools ls": "llmchat tools list",
    "tools rm": "llmchat tools remove {}|NAME",
    "tools call": "llmchat tools run {}|NAME",
    "template": "llmchat templates list",
    "prompts": "llmchat templates list",
    "roles": "llmchat templates list",
    "role": "llmchat templates list",
    "completions": "llmchat completion {}|bash",
    "install": UPGRADE,
    "upgrade": UPGRADE,
    "update": UPGRADE,
    "uninstall": "pipx uninstall llmchat-cli",
    "pull": "ollama pull {}|MODEL; then llmchat ask -p ollama -m MODEL QUESTION",
    "status": "llmchat auth status, or llmchat doctor",
    "check": "llmchat doctor",
    "man": "man llmchat, or llmchat --help",
    "auth remove": "llmchat auth logout {}|PROVIDER",
    "config show": "llmchat config list",
    "config view": "llmchat config list",
    "history ls": "llmchat history list",
    "history logs": "llmchat history list",
    "history view": "llmchat history show {}|last",
    "history rm": "llmchat history delete {}|ID",
    "history remove": "llmchat history delete {}|ID",
    "history clear": "llmchat history delete ID, then llmchat history purge --all",
    "templates ls": "llmchat templates list",
    "templates create": "llmchat templates edit {}|NAME",
    "templates new": "llmchat templates edit {}|NAME",
}

FLAGS: Mapping[str, str] = {
    "--temperature": "-o temperature {}|0.2",
    "--temp": "-o temperature {}|0.2",
    "--max-tokens": "-o max_tokens {}|500",
    "--top-p": "-o top_p {}|0.9",
    "--top-probability": "-o top_p {}|0.9",
    "--seed": "-o seed {}|1",
    "--system-prompt": "-s TEXT",
    "--preprompt": "-s TEXT",
    "--role": "-s TEXT, or a template: -t NAME",
    "-r": "-s TEXT, or a template: -t NAME",
    "--prompt": 'llmchat ask "your question"',
    "--fragment": "-f FILE",
    "--attachment": "-a FILE",
    "--image": "-a FILE",
    "--key": "llmchat auth PROVIDER stores a key",
    "--api-key": "llmchat auth PROVIDER stores a key",
    "--url": "llmchat config set providers.openai.base_url URL",
    "--base-url": "llmchat config set providers.openai.base_url URL",
    "--schema-multi": "--schema {}|'name, age int' --schema-list",
    "--no-log": "-n saves nothing",
    "--no-cache": "leave it out: answers are never cached",
    "--cache": "leave it out: answers are never cached",
    "--no-md": "--raw",
    "--no-highlight": "--raw",
    "--conversation": "--cid {}|ID",
    "--session": "--cid {}|ID, or llmchat chat --resume",
    "--show": "llmchat history show {}|last",
    "--chat": "llmchat chat, or --cid ID to continue a conversation",
    "--repl": "llmchat chat",
    "--interactive": "llmchat chat",
    "-i": "llmchat chat",
    "--list": "llmchat history list, or llmchat models",
    "-l": "llmchat history list, or llmchat models",
    "--list-models": "llmchat models",
    "--models": "llmchat models",
    "--list-chats": "llmchat history list",
    "--show-chat": "llmchat history show {}|last",
    "--list-sessions": "llmchat history list",
    "--list-roles": "llmchat templates list",
    "--shell": SHELL_COMMAND,
    "--execute": SHELL_COMMAND,
    "--code": "-x prints only the code of the answer",
    "--info": "llmchat config list, or llmchat doctor",
    "--settings": "llmchat config edit",
    "--reset-settings": "llmchat config edit",
    "--update": UPGRADE,
    "--verbose": "LLMCHAT_DEBUG=1 llmchat ..., or --usage",
    "--debug": "LLMCHAT_DEBUG=1 llmchat ...",
    "--format": "--json, --raw or --markdown",
    "--num-ctx": "-o num_ctx {}|8192",
    "--think": "-e high",
}


def for_command(words: Sequence[str]) -> str:
    """The hint for a command of another program; its name may have two words."""
    for count in (2, 1):
        if found := COMMANDS.get(" ".join(words[:count])):
            return _filled(found, words[count:])
    return ""


def for_run(words: Sequence[str], providers: Iterable[str]) -> str:
    """The hint for `run MODEL QUESTION`."""
    name = next(iter(words), "")
    flag = "-p" if name in providers else "-m"
    name = name if PLAIN.fullmatch(name) else "MODEL"
    return msg(
        'llmchat ask {flag} {name} "your question", or llmchat chat {flag} {name}',
        flag=flag,
        name=name,
    )


def for_flag(flag: str, argv: Sequence[str]) -> str:
    """The hint for a flag of another program; its value is looked up in `argv`."""
    found = FLAGS.get(flag, "")
    if not found:
        return ""
    given = [word.partition("=")[2] for word in argv if word.startswith(f"{flag}=")]
    behind = list(argv[argv.index(flag) + 1 :]) if flag in argv else []
    hint = _filled(found, given or behind)
    return msg("use {hint}", hint=hint) if hint.startswith("-") else hint


def _filled(text: str, words: Sequence[str]) -> str:
    template, usual = template_of(text)
    word = next(iter(words), "")
    word = word if PLAIN.fullmatch(word) and word[0] != "-" else usual
    if not word:
        return msg(template.replace("{word}", "").rstrip())
    return msg(template, word=word) if "{word}" in template else msg(template)


def template_of(text: str) -> tuple[str, str]:
    """Splits a row into a message template and the placeholder for a word that was not typed."""
    text, _, usual = text.partition("|")
    return text.replace("{}", "{word}"), usual
