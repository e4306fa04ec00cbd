"""The values that completion offers: providers, models, conversations, templates, settings.

A shell runs `llmchat __complete KIND PREFIX [WORDS...]` and reads lines `value<TAB>description`.
Only modules that a bare interpreter has loaded are imported here, and SQLite's C module for
conversation ids: a TAB may cost 1.6 times `python -c pass` (docs/decisions/0071-completion.md), and
`typing` or `pathlib` alone would cost as much as that. What cannot be read is not offered;
completion never prints an error.
"""

from __future__ import annotations

import os

from llmchat.completion.folders import Folders
from llmchat.completion.static_values import MODELS, PROVIDER_SETTINGS, PROVIDERS, SETTINGS

Offers = list[tuple[str, str]]  # values with their descriptions

MOST = 50  # of the conversations, newest first
LARGEST = 4_000_000  # characters; longer files are not read
TITLE = 60  # columns of a title, roughly
# Characters that some shell interprets inside quotes, or would if it did not quote a bare word.
# PowerShell treats the curly quotes as quotes.
ACTIVE = frozenset("$`\"'\\!;&|<>*?{}^‘’‚‛“”„")


def offers(argv: list[str], environ: dict[str, str]) -> str:
    """The completion lines for `KIND PREFIX [WORDS...]`; none for an unknown kind."""
    kind, prefix, words = argv[0] if argv else "", "".join(argv[1:2]), argv[2:]
    source = SOURCES.get(kind)
    if source is None:
        return ""
    try:
        found = source(Folders(environ), prefix, words)
        lines = [f"{v}\t{about}\n" for v, about in found if v.startswith(prefix) and _is_safe(v)]
    except OSError:
        return ""
    return "".join(dict.fromkeys(lines))


def _is_safe(value: str) -> bool:
    """Whether a value, which comes from files and services, is literal inside quotes of either
    kind. Shells quote its spaces and brackets if it is bare; a leading dash would make it a
    flag."""
    plain = value.isprintable() and ACTIVE.isdisjoint(value)
    return plain and value == value.strip(" ") and value[:1] not in ("", "-")


def providers(folders: Folders, prefix: str, words: list[str]) -> Offers:
    return [("auto", "whichever is set up and answers"), *services(folders, prefix, words)]


def services(folders: Folders, prefix: str, words: list[str]) -> Offers:
    plugged = [(name, "of a plugin") for name in _plugged(folders)]
    own = [(name, "your own server") for name in _own_servers(folders)]
    return [*PROVIDERS.items(), *plugged, *own]


def models(folders: Folders, prefix: str, words: list[str]) -> Offers:
    """The models of the provider named on the line; else all, both as `PROVIDER/MODEL` and bare."""
    named = _named_provider(words)
    if named:
        return [(model, "") for model in _models_of(folders, named)]
    found = []
    for provider in (*PROVIDERS, *_own_servers(folders)):
        for model in _models_of(folders, provider):
            found.append((f"{provider}/{model}", ""))
            if prefix:
                found.append((model, provider))
    return found


def conversations(folders: Folders, prefix: str, words: list[str]) -> Offers:
    """`last`, then the newest conversations whose ids begin with the prefix."""
    path = f"{folders.data}/history.db"
    if not os.path.isfile(path):
        return []
    newest = [] if prefix else [("last", "the latest conversation")]
    return newest + [(number, _one_line(title)) for number, title in _recent(path, prefix)]


def _one_line(title: str) -> str:
    return "".join(c if c.isprintable() else " " for c in title)[:TITLE]


def templates(folders: Folders, prefix: str, words: list[str]) -> Offers:
    shipped = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "templates")
    own = [(name, "") for name in _markdown_files(f"{folders.config}/templates")]
    return own + [(name, "shipped") for name in _markdown_files(shipped)]


def _markdown_files(folder: str) -> list[str]:
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [name[:-3] for name in names if name.endswith(".md")]


def settings(folders: Folders, prefix: str, words: list[str]) -> Offers:
    if not prefix.startswith("providers."):
        return [*SETTINGS.items(), ("providers.", "settings of one provider")]
    names = (*PROVIDERS, *_own_servers(folders))
    keys = PROVIDER_SETTINGS.items()
    return [(f"providers.{name}.{key}", about) for name in names for key, about in keys]


def tools(folders: Folders, prefix: str, words: list[str]) -> Offers:
    """The configured names, and the cached tools of each server."""
    found = []
    for name in _tables(folders, "tools"):
        found.append((name, ""))
        text = _text(f"{folders.cache}/tools/{os.path.basename(name)}.json")
        parts = text.split('{"name": "')[1:]  # as with models, a name with an escape is left out
        found += [(f"{name}/{tool}", "") for tool in (part.partition('"')[0] for part in parts)]
    return [(name, about) for name, about in found if "\\" not in name]


def plugins(folders: Folders, prefix: str, words: list[str]) -> Offers:
    """Installed plugins, enabled or not."""
    from llmchat.system.entry_points import installed  # it reads folders; only needed here

    return [(entry.distribution, "") for entry in installed()]


def _plugged(folders: Folders) -> list[str]:
    """Providers of enabled plugins, if the setting is written on one line, as llmchat writes it."""
    text = _text(folders.config_file)
    line = next((line for line in text.splitlines() if line.startswith("plugins")), "")
    parts = line.partition("[")[2].partition("]")[0].split(",")
    names = [name for part in parts if (name := part.strip("\"' "))]
    if not names or folders.plugins_off:
        return []
    from llmchat.system.entry_points import enabled  # as above

    return [entry.name for entry in enabled(names) if entry.kind == "provider"]


SOURCES = {
    "provider": providers,
    "service": services,
    "model": models,
    "conversation": conversations,
    "template": templates,
    "setting": settings,
    "tool": tools,
    "plugin": plugins,
}


def _named_provider(words: list[str]) -> str:
    """The provider given by `-p` or `--provider`; "" without it."""
    for flag, value in zip(words, [*words[1:], ""], strict=False):
        if flag in ("-p", "--provider"):
            return value
        if flag.startswith("--provider="):
            return flag.partition("=")[2]
    return ""


def _own_servers(folders: Folders) -> list[str]:
    """The names in `[providers.NAME]` that are not built in."""
    return [name for name in _tables(folders, "providers") if name not in PROVIDERS]


def _tables(folders: Folders, kind: str) -> list[str]:
    """NAME of each `[kind.NAME]` in the settings file, without duplicates."""
    names = []
    for line in _text(folders.config_file).splitlines():
        if line.startswith(f"[{kind}."):
            name = line.partition(".")[2].partition("]")[0].split(".")[0].strip("\"' ")
            if name not in names:
                names.append(name)
    return names


def _models_of(folders: Folders, provider: str) -> list[str]:
    """The cached list of a service's models, else the built-in one."""
    text = _text(f"{folders.cache}/models/{os.path.basename(provider)}.json")
    # It is llmchat's own JSON, split by hand: importing json would cost 4 ms. An id with an escape
    # is left out.
    ids = [part.partition('"')[0] for part in text.split('{"id": "')[1:]]
    return [i for i in ids if "\\" not in i] or list(MODELS.get(provider, ()))


def _text(path: str) -> str:
    try:
        if not os.path.isfile(path):  # reading a pipe would block the shell
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST)
    except OSError:
        return ""


def _recent(path: str, prefix: str) -> Offers:
    from _sqlite3 import Error, connect  # without the 4 ms of the package around it

    plain = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = connect(f"file:{plain}?mode=ro", timeout=0.2, uri=True)
        try:
            found: Offers = connection.execute(
                "SELECT id, coalesce(CAST(title AS TEXT), '') FROM conversation "
                "WHERE deleted IS NULL AND substr(id, 1, ?) = ? ORDER BY updated DESC LIMIT ?",
                (len(prefix), prefix, MOST),
            ).fetchall()
        finally:
            connection.close()
    except Error:
        return []
    return found
