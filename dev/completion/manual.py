"""man/llmchat.1: the manual, from the same tree as the completions."""

from __future__ import annotations

from collections.abc import Iterator

from dev.completion.tree import Argument, Flag, Node
from llmchat import __version__

EXITS = (
    ("0", "answered"),
    ("1", "internal error"),
    ("2", "usage, an empty prompt, a refused secret"),
    ("3", "configuration, storage, a missing extra or tool server, or stdout cannot be written"),
    ("4", "not signed in, or refused"),
    ("5", "network, TLS, proxy, DNS"),
    ("6", "no connection or no token in time"),
    ("7", "rate limit, quota or budget"),
    ("8", "service unavailable, blocked, or its reply was not an answer"),
    ("9", "refused by the service's content filter"),
    ("10", "answer incomplete: the stream was cut, or a limit ended it"),
    ("11", "nothing found"),
    ("129, 130, 141, 143", "ended by SIGHUP, Ctrl-C, a closed pipe, SIGTERM"),
)
FILES = (
    ("~/.config/llmchat/config.toml", "settings; llmchat config path names the file"),
    ("~/.local/share/llmchat/history.db", "conversations"),
    ("~/.local/share/llmchat/credentials.json", "keys, readable by you alone"),
)
VARIABLES = (
    ("LLMCHAT_HOME", "one folder for everything"),
    ("LLMCHAT_CONFIG", "another config.toml"),
    ("LLMCHAT_PROVIDER, LLMCHAT_MODEL, LLMCHAT_PROXY", "settings"),
    ("LLMCHAT_<NAME>_<KEY>", "a setting of one provider, as LLMCHAT_OPENAI_BASE_URL"),
    ("LLMCHAT_DEBUG", "1 shows a traceback, secrets masked"),
    ("NO_COLOR, FORCE_COLOR", "colours"),
)
ABOUT = (
    "llmchat talks to language models from a terminal: GigaChat, ChatGLM, Yqcloud, ChatGptt and "
    "every OpenAI-compatible server. The answer is all that stdout gets; everything else goes to "
    "stderr. A first argument that contains white space means ask."
)


def page(top: Node) -> str:
    lines = [
        f'.TH LLMCHAT 1 "" "llmchat {__version__}" "User Commands"',
        ".SH NAME",
        "llmchat \\- " + _text(top.about),
        ".SH SYNOPSIS",
        ".B llmchat",
        ".I COMMAND\n[\\fIFLAGS\\fR] [\\fIARGUMENTS\\fR]",
        ".br",
        '.B llmchat\n"a question of several words"',
        ".SH DESCRIPTION",
        _text(ABOUT),
        ".SH COMMANDS",
        *(line for node in list(top.walk())[1:] for line in _command(node)),
        *_table("EXIT STATUS", EXITS),
        *_table("ENVIRONMENT", VARIABLES),
        *_table("FILES", FILES),
    ]
    return "\n".join(lines) + "\n"


def _command(node: Node) -> Iterator[str]:
    words = " ".join(_usage(argument) for argument in node.arguments)
    yield f'.SS "llmchat {node.name}{" " + words if words else ""}"'.replace("\\", "\\\\")
    yield _text(" ".join(node.help.split()) or node.about)
    for flag in node.flags:
        if "--help" not in flag.names:
            yield from (".TP", _flag(flag), _text(flag.about))
    examples = [line for line in node.epilog.splitlines() if line.startswith("  ")]
    if examples:
        yield from (".PP", "Examples:", ".PP", ".nf", ".RS")
        yield from (_text(line.strip()) for line in examples)
        yield from (".RE", ".fi")


def _usage(argument: Argument) -> str:
    word = argument.name + ("..." if argument.repeated else "")
    return word if argument.required else f"[{word}]"


def _flag(flag: Flag) -> str:
    names = ", ".join(f"\\fB{_text(name)}\\fR" for name in flag.names)
    return f"{names} \\fI{_text(flag.metavar)}\\fR" if flag.metavar else names


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f'.SH "{title}"'
    for name, about in rows:
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(about))


def _text(text: str) -> str:
    """Nothing in it means something to troff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + escaped if escaped.startswith((".", "\\(aq")) else escaped
