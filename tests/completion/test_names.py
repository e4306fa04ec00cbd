"""Names from services, imports, files and settings at a TAB: hostile ones run nothing on Enter in
real shells, honest ones complete bare and within quotes."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from collections.abc import Iterator

import pytest

from llmchat.completion.values import offers
from tests.completion.conftest import SCRIPTS, Home, Shell, found

HOSTILE = (
    "$(touch${IFS}PWN)",
    "$(touch PWN)",
    "`touch PWN`",
    '";touch PWN;"',
    "';touch PWN;'",
    ";touch PWN;",
    "\ntouch PWN\n",
    "|touch PWN",
    "&touch PWN&",
    "’;touch PWN;’",
)
FIELDS = ("-m", "--cid", "-t", "-p")  # a list of models, an import, a file, a setting
OPENINGS = ("", '"', "'", "$(llmchat ask -m ", '"$(llmchat ask -m ')
HONEST = (
    "qwen/qwen3:8b",
    "имя-модели",
    "Моя модель 2",
    "模型-7b",
    "GPT 4 (mini)",
    "wide[free]+x@y,z",
    "e#1~2=50%",
    "~root",
    "=ls",
    "#no comment",
)


def name(number: int) -> str:
    return f"h{number:02}z"


@pytest.fixture
def names(home: Home) -> Home:
    """Each name begins with different letters, so that one TAB inserts it."""
    files = home.folder / "llmchat"
    hostile = [name(n) + text for n, text in enumerate(HOSTILE)]
    rows = [{"id": i, "context": None, "note": ""} for i in (*hostile, *HONEST)]
    kept = json.dumps({"fetched": 1.0, "models": rows}, ensure_ascii=False)
    (files / "models" / "ollama.json").write_text(kept, "utf-8")
    connection = sqlite3.connect(files / "history.db", isolation_level=None)
    for each in hostile:
        connection.execute(
            "INSERT INTO conversation (id, title, created, updated) VALUES (?, ?, 1, 1)",
            (each, each),
        )
        if "/" not in each:
            (files / "templates" / f"{each}.md").write_text("x", "utf-8")
        with (files / "config.toml").open("a", encoding="utf-8") as config:
            config.write(f"[providers.{json.dumps(each, ensure_ascii=False)}]\n")
    connection.close()
    for each in HONEST[1:]:
        (files / "templates" / f"{each}.md").write_text("x", "utf-8")
    return home


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, names: Home) -> Iterator[Shell]:
    shell = _shell(request.param, names)
    yield shell
    shell.close()


def _shell(kind: str, home: Home) -> Shell:
    command = found(kind)
    if kind == "bash":
        script = shlex.quote(str(SCRIPTS / "llmchat.bash"))
        return Shell([command, "--norc", "--noprofile", "-i"], home, f"source {script}")
    if kind == "zsh":
        rc = "autoload -Uz compinit\ncompinit -u\nPS1='$ '\nbindkey -e\nunsetopt beep prompt_sp\n"
        (home.folder / ".zshrc").write_text(rc, "utf-8")
        script = shlex.quote(str(SCRIPTS / "_llmchat"))
        return Shell([command, "-d", "-i"], home, f"source {script}")
    folder = home.folder / ".config" / "fish" / "completions"
    folder.mkdir(parents=True)
    shutil.copy(SCRIPTS / "llmchat.fish", folder / "llmchat.fish")
    return Shell([command, "-i"], home, "function fish_prompt; end")


def test_no_hostile_name_is_offered(names: Home) -> None:
    environ = {"LLMCHAT_HOME": str(names.folder / "llmchat")}
    kinds = ("model", "conversation", "template", "provider", "service", "setting")
    told = "".join(offers([kind, prefix], environ) for kind in kinds for prefix in ("", "h"))
    values = {line.partition("\t")[0] for line in told.splitlines()}
    assert not [value for value in values if "PWN" in value or "!" in value]
    assert not [line for line in offers(["setting", "providers.h"], environ) if "PWN" in line]


@pytest.mark.parametrize(
    "hostile", ["-y", "--proxy=http://evil", "", " x", "x ", "\x1b]0;x", "\u202ex"]
)
def test_no_flag_and_no_invisible_name_is_offered(home: Home, hostile: str) -> None:
    files = home.folder / "llmchat"
    rows = json.dumps({"models": [{"id": hostile}]}, ensure_ascii=False)
    (files / "models" / "ollama.json").write_text(rows, "utf-8")
    assert offers(["model", "", "-p", "ollama"], {"LLMCHAT_HOME": str(files)}) == ""


@pytest.mark.slow
@pytest.mark.parametrize("opening", OPENINGS)
def test_nothing_runs_on_enter(names: Home, shell: Shell, opening: str) -> None:
    """Whatever the line became, closed or not; the program it starts only exits."""
    (names.folder / "bin" / "llmchat").write_text(_ONLY_TABS.format(_python(names)), "utf-8")
    nested = "llmchat" in opening
    for number, text in list(enumerate(HOSTILE))[: 3 if nested else None]:
        field = "-m" if nested else FIELDS[number % len(FIELDS)]
        for more in ("", "$(") if text.startswith("$(") else ("",):
            line = f"llmchat ask {field} {opening}{name(number)}{more}\t"
            closing = _closing(opening + more)
            # as the shell left it, closed on the next line; and closed at once
            shell.process.send(f"\x05\x15{line}\r{closing}\r\x05\x15{line}{closing}\r")
    shell.words("models")  # everything before it has ended
    assert not list(names.folder.rglob("PWN*"))


_ONLY_TABS = '#!/bin/sh\n[ "$1" = __complete ] && exec {} -m llmchat "$@"\nexit 0\n'


def _python(home: Home) -> str:
    line = (home.folder / "bin" / "llmchat").read_text("utf-8").splitlines()[-1]
    return line.removeprefix("exec ").partition(" -m ")[0]


def _closing(opening: str) -> str:
    closed_by = {'"': '"', "'": "'", "(": ")"}
    return "".join(closed_by.get(c, "") for c in reversed(opening))


@pytest.mark.slow
@pytest.mark.parametrize("opening", ["", '"', "'"])
@pytest.mark.parametrize("flag", ["-m ", "--model="])
def test_honest_names_complete(names: Home, shell: Shell, flag: str, opening: str) -> None:
    for honest in HONEST:
        if not opening and honest[0] in "~=#":
            continue  # bare, their first letter is the shell's before it is ours
        words = shell.words(f"ask -p ollama {flag}{opening}{honest[:2]}\t")
        assert words[3:] == ([f"{flag}{honest}"] if "=" in flag else ["-m", honest])


def test_honest_names_go_on_behind_a_space(names: Home, shell: Shell) -> None:
    for typed in ("Моя\\ мо", '"Моя мо', "'Моя мо"):
        assert shell.words(f"ask -t {typed}\t") == ["ask", "-t", "Моя модель 2"]


@pytest.mark.parametrize("typed", ["llmchat", "./llmchat", "bin/llmchat"])
def test_a_tab_runs_nothing_of_the_folder(home: Home, shell: Shell, typed: str) -> None:
    """A program called llmchat, and a module that Python would import, in a clone on a careless
    PATH."""
    clone = home.folder / "clone"
    (clone / "bin").mkdir(parents=True)
    for place in (clone / "llmchat", clone / "bin" / "llmchat"):
        place.write_text(f"#!/bin/sh\ntouch {clone}/PWN\n", "utf-8")
        place.chmod(0o755)
    for module in ("sitecustomize", "contextlib", "warnings"):
        (clone / f"{module}.py").write_text(f"open({str(clone / 'PWN')!r}, 'w')\n", "utf-8")
    shell.process.sendline(f"cd {clone}; export PATH=.:$PATH PYTHONPATH=:")
    shell.process.send(f"{typed} ask -p ollama -m qwen\t\x01\x0bprintf '<%s>' en''ded\r")
    shell.process.expect_exact("<ended>")
    assert not (clone / "PWN").exists()


def test_files_are_quoted_by_a_bash_that_cannot(home: Home) -> None:
    """bash 3.2 has no compopt."""
    for each in ("notes $(touch PWN).md", "plain name.md"):
        (home.folder / each).write_text("x", "utf-8")
    shell = _shell("bash", home)
    shell.process.sendline("compopt() { return 1; }")
    found_words = [shell.words(f"ask -f {typed}\t") for typed in ("plai", '"plai', "note")]
    shell.close()
    assert found_words == [["ask", "-f", "plain name.md"]] * 2 + [["ask", "-f", "note"]]
