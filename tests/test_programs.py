"""No program that we start depends on the current folder."""

from __future__ import annotations

import ast
import io
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from llmchat.app.terminal.clipboard import Clipboard
from llmchat.app.terminal.editor import edit_file, editor_command
from llmchat.app.terminal.pager import page
from llmchat.errors import ConfigError, StorageError, UsageError
from llmchat.settings.key_command import run_key_command
from llmchat.store.private.keyring import ISOLATED, Keyring
from llmchat.system.programs import find, start
from llmchat.values.secret import Secret

OURS = Path(__file__).parents[1] / "llmchat"
ALONE = {
    "asyncio.create_subprocess_shell",
    "os.popen",
    "os.startfile",
    "os.system",
    "shutil.which",
    "webbrowser.open",
}
TAKEN = ("less", "pass", "editor", "nano", "vim", "vi", "xsel", "pbcopy")
KEY = "sk-canary-0123456789abcdef"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another person's folder as the current one: programs and modules in it leave a mark when
    run."""
    folder = tmp_path / "clone"
    (folder / "bin").mkdir(parents=True)
    for name in TAKEN:
        for place in (folder / name, folder / "bin" / name):
            place.write_text(f'#!/bin/sh\ncat > "{folder}/RAN"\necho {KEY}\n', "utf-8")
            place.chmod(0o755)
    for name in ("keyring", "sitecustomize", "usercustomize", "json", "typing", "runpy"):
        mark = f"import sys\nopen({str(folder / 'RAN')!r}, 'a').write(sys.stdin.read())\n"
        (folder / f"{name}.py").write_text(mark, "utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Every way in which a list of folders can name the current one."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": ":.:bin::./bin:",
        "PYTHONPATH": ":.:",
        "DISPLAY": ":0",
        "PWD": str(tmp_path / "clone"),
        "OLDPWD": str(tmp_path),
    }


def test_a_program_is_found_in_absolute_folders_only(clone: Path, environ: dict[str, str]) -> None:
    assert [find(name, environ) for name in TAKEN] == [""] * len(TAKEN)
    environ["PATH"] += f":{clone}"
    assert find("pass", environ) == str(clone / "pass")


def test_what_is_no_program_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "pass").mkdir()
    (tmp_path / "less").write_text("no program")
    environ = {"PATH": str(tmp_path)}
    assert (find("pass", environ), find("less", environ)) == ("", "")


def test_a_program_starts_in_the_persons_own_folder(clone: Path, environ: dict[str, str]) -> None:
    environ["PATH"] += ":/usr/bin:/bin"
    begun = start(["sh", "-c", "true"], environ)
    home = environ["HOME"]
    assert (begun["cwd"], begun["args"][1:]) == (home, ["-c", "true"])
    assert begun["env"] == {
        "HOME": home,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": "",
        "DISPLAY": ":0",
        "PWD": home,
    }


def test_a_relative_path_counts_from_the_persons_own_folder(
    clone: Path, environ: dict[str, str]
) -> None:
    home = environ["HOME"]
    assert start(["./pass"], environ)["args"] == [f"{home}/./pass"]
    with pytest.raises(ConfigError, match="failed to start"):
        run_key_command("./pass show x", environ=environ)
    assert not (clone / "RAN").exists()


def test_without_a_home_it_is_the_root(clone: Path) -> None:
    places = [start([sys.executable], {"HOME": home})["cwd"] for home in ("", ".", "/none/such")]
    assert places == ["/", "/", "/"]


def test_no_command_for_a_key_is_taken_from_the_folder(
    clone: Path, environ: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match="failed to start"):
        run_key_command("pass show openai", environ=environ)
    script = f"{shlex.quote(sys.executable)} -c 'import json; print(1)'"
    assert run_key_command(script, environ=environ).reveal() == "1"
    assert not (clone / "RAN").exists()


def test_no_keyring_is_taken_from_the_folder(clone: Path, environ: dict[str, str]) -> None:
    """The package may be there or not: what matters is who is asked."""
    keyring = Keyring()
    with suppress(StorageError):
        keyring.put("openai", Secret(KEY))
    with suppress(StorageError):
        keyring.get("openai")
    with suppress(StorageError):
        keyring.remove("openai")
    assert not (clone / "RAN").exists()


def test_the_interpreter_of_the_keyring_looks_neither_here_nor_where_a_variable_says(
    clone: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(clone))
    code = "import sys, json, typing; print(sys.path)"
    command = [sys.executable, *ISOLATED, "-c", code]
    seen = Keyring(command).get("openai")
    assert seen is not None
    assert not {str(clone), os.environ.get("HOME", "/"), ""} & set(ast.literal_eval(seen.reveal()))
    assert not (clone / "RAN").exists()


def test_no_editor_is_taken_from_the_folder(clone: Path, environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no editor found"):
        editor_command(environ, terminal=True)
    with pytest.raises(ConfigError):
        edit_file(Path("config.toml"), ["nano"], environ=environ)
    assert not (clone / "RAN").exists()


def test_an_editor_gets_the_whole_path_of_the_file(clone: Path, environ: dict[str, str]) -> None:
    environ["PATH"] = os.defpath
    edit_file(Path("x.md"), ["sh", "-c", 'pwd > "$0"; echo "$1" >> "$0"', "seen"], environ=environ)
    seen = Path(environ["HOME"], "seen").read_text("utf-8").split()
    assert seen == [environ["HOME"], str(clone / "x.md")]


def test_no_pager_is_taken_from_the_folder(clone: Path, environ: dict[str, str]) -> None:
    screen = io.StringIO()
    page("line\n" * 20, screen, height=10, environ=environ)
    assert (screen.getvalue().count("line"), (clone / "RAN").exists()) == (20, False)


async def test_no_clipboard_is_taken_from_the_folder(clone: Path, environ: dict[str, str]) -> None:
    assert await Clipboard(environ, lambda _: None).copy(KEY) == "through the terminal"
    assert not (clone / "RAN").exists()


def test_every_program_is_started_by_the_one_place() -> None:
    """With what `start` returned, and with nothing that looks for programs by itself."""
    strays = {
        f"{path.relative_to(OURS)}:{node.lineno} {ast.unparse(node)}"
        for path in OURS.rglob("*.py")
        if path.name != "guard.py"  # which is itself started so, and becomes what it was told
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and _starts_alone(ast.unparse(node.func), node)
    }
    assert strays == set()


def _starts_alone(called: str, node: ast.Call) -> bool:
    if called == "asyncio.create_subprocess_exec":  # takes no mapping: the three parts by name
        named = {f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords}
        parts = {"env=begun['env']", "cwd=begun['cwd']"}
        return not (parts <= named and ast.unparse(node.args[0]) == "*begun['args']")
    if called.startswith("subprocess."):
        unpacked = [ast.unparse(k.value) for k in node.keywords if k.arg is None]
        return not any(value == "begun" or value.startswith("start(") for value in unpacked)
    return called in ALONE or called.startswith(("os.exec", "os.spawn", "os.posix_spawn"))
