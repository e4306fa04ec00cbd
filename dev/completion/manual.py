"""man/llmchat.1: the manual, from the same tree as the completions."""

from __future__ import annotations

from collections.abc import Iterator

from dev.completion.tree import Argument, Flag, Node
from llmchat import __version__
from llmchat.language import known, msg

EXITS = (
    ("0", msg("answered")),
    ("1", msg("internal error")),
    ("2", msg("usage, an empty prompt, a refused secret")),
    (
        "3",
        msg("configuration, storage, a missing extra or tool server, or stdout cannot be written"),
    ),
    ("4", msg("not signed in, or refused")),
    ("5", msg("network, TLS, proxy, DNS")),
    ("6", msg("no connection or no token in time")),
    ("7", msg("rate limit, quota or budget")),
    ("8", msg("service unavailable, blocked, or its reply was not an answer")),
    ("9", msg("refused by the service's content filter")),
    ("10", msg("answer incomplete: the stream was cut, or a limit ended it")),
    ("11", msg("nothing found")),
    ("129, 130, 141, 143", msg("ended by SIGHUP, Ctrl-C, a closed pipe, SIGTERM")),
)
FILES = (
    ("~/.config/llmchat/config.toml", msg("settings; llmchat config path names the file")),
    ("~/.local/share/llmchat/history.db", msg("conversations")),
    ("~/.local/share/llmchat/credentials.json", msg("keys, readable only by you")),
)
VARIABLES = (
    ("LLMCHAT_HOME", msg("one folder for everything")),
    ("LLMCHAT_CONFIG", msg("another config.toml")),
    ("LLMCHAT_PROVIDER, LLMCHAT_MODEL, LLMCHAT_PROXY", msg("settings")),
    ("LLMCHAT_<NAME>_<KEY>", msg("a setting of one provider, as LLMCHAT_OPENAI_BASE_URL")),
    ("LLMCHAT_DEBUG", msg("1 shows a traceback, secrets masked")),
    ("NO_COLOR, FORCE_COLOR", msg("colours")),
)
ABOUT = msg(
    "llmchat talks to language models from a terminal: GigaChat, ChatGLM, Yqcloud, ChatGptt and "
    "every OpenAI-compatible server. Only the answer goes to stdout; everything else goes to "
    "stderr. A first argument that contains white space means ask."
)


def page(top: Node) -> str:
    lines = [
        f'.TH LLMCHAT 1 "" "llmchat {__version__}" "{known("User Commands")}"',
        f'.SH "{known("NAME")}"',
        "llmchat \\- " + _text(known(top.about)),
        f'.SH "{known("SYNOPSIS")}"',
        ".B llmchat",
        f".I {known('COMMAND')}\n[\\fI{known('FLAGS')}\\fR] [\\fI{known('ARGUMENTS')}\\fR]",
        ".br",
        f'.B llmchat\n"{known("a question of several words")}"',
        f'.SH "{known("DESCRIPTION")}"',
        _text(known(ABOUT)),
        f'.SH "{known("COMMANDS")}"',
        *(line for node in list(top.walk())[1:] for line in _command(node)),
        *_table(known("EXIT STATUS"), EXITS),
        *_table(known("ENVIRONMENT"), VARIABLES),
        *_table(known("FILES"), FILES),
    ]
    return "\n".join(lines) + "\n"


def _command(node: Node) -> Iterator[str]:
    words = " ".join(_usage(argument) for argument in node.arguments)
    yield f'.SS "llmchat {node.name}{" " + words if words else ""}"'.replace("\\", "\\\\")
    yield _text(known(" ".join(node.help.split()) or node.about))
    for flag in node.flags:
        if "--help" not in flag.names:
            yield from (".TP", _flag(flag), _text(known(flag.about)))
    examples = [line for line in node.epilog.splitlines() if line.startswith("  ")]
    if examples:
        yield from (".PP", known("Examples:"), ".PP", ".nf", ".RS")
        yield from (_text(known(line.strip())) for line in examples)
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
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(known(about)))


def _text(text: str) -> str:
    """The text with troff's special characters escaped."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + escaped if escaped.startswith((".", "\\(aq")) else escaped
