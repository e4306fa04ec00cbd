"""Alt-E in real shells: the line becomes exactly the command, or stays exactly what it was."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cmd.conftest import Desk, Model
from tests.e2e.shell import LLMCHAT
from tests.terminals.person import Person

ALT_E = "\x1be"
UNDO = "\x1f"
STARTS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "-N", "-i"),
}
SET_UP = {
    "bash": "PS1='$ '; source <(llmchat completion bash --keys)",
    "zsh": "PS1='$ '; bindkey -e; unsetopt beep; source <(llmchat completion zsh --keys)",
    "fish": "function fish_prompt; printf '$ '; end; llmchat completion fish --keys | source",
}
# A key that writes the line, whatever is in it, to a file.
SHOW = {
    "bash": '_show() { printf %s "$READLINE_LINE" > line; }; bind -x \'"\\C-xs": _show\'',
    "zsh": "show() { print -rn -- \"$BUFFER\" > line }; zle -N show; bindkey '^Xs' show",
    "fish": "function show; printf %s (commandline -b | string collect) > line; end;"
    " bind \\cxs show",
}
LINES = [
    "find big files",
    "it's \"quoted\" 'twice'",
    "$HOME and ${HOME} and $(touch ran) and `touch ran`",
    "; touch ran #",
    "| touch ran & touch ran && touch ran",
    "> ran",
    "--help",
    "-p demo",
    "-- --print",
    "back\\slash \\n \\\\",
    "100% %s %d",
    "* ? [a-z] ~ {a,b}",
    "!! !touch",
    "найти большие файлы",
    "查找大文件",
    "emoji 👋 and é",
    "  spaces around  ",
    "a=b c=d",
    "@path @http://localhost",
    "x" * 300,
]
COMMANDS = [
    "find . -type f -size +1G",
    "echo 'it'\\''s' \"$HOME\" $(ls) `ls` > a.txt",
    "printf '%s\\n' \"файл\" 大",
    "ls | grep -v '^#' && echo \"done!\"",
]


@pytest.fixture(params=sorted(STARTS))
def shell(request: pytest.FixtureRequest, desk: Desk) -> Person:
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    person = desk(*STARTS[name], columns=500)
    person.pump(0.2)
    person.say(f"{SET_UP[name]}; {SHOW[name]}; echo rea''dy")
    person.until(lambda: "ready" in person.display and person.line.endswith("$"), "a prompt")
    person.say("clear")
    person.until(lambda: person.line == "$" and person.emulator.cursor.y == 0, "a clear screen")
    return person


def line_of(me: Person, desk: Desk) -> str:
    """The text in the line, printed by the shell itself."""
    place = desk.folder / "line"
    place.unlink(missing_ok=True)
    me.type("\x18s")
    me.until(place.exists, "the line")
    me.pump(0.05)
    return place.read_text()


def typed(me: Person, desk: Desk, text: str) -> None:
    me.type(text)
    wanted = text
    for _ in range(100):
        if line_of(me, desk) == wanted:
            return
    raise AssertionError(f"{line_of(me, desk)!r} instead of {wanted!r}")


def emptied(me: Person, desk: Desk) -> None:
    me.press("ctrl-u")
    typed(me, desk, "")


def until_line(me: Person, desk: Desk, wanted: str) -> None:
    for _ in range(300):
        if line_of(me, desk) == wanted:
            return
    raise AssertionError(f"{line_of(me, desk)!r} instead of {wanted!r}\n{me.text}")


def answered(me: Person, model: Model, count: int) -> None:
    me.until(lambda: len(model.asked) == count, "a question to the model")


@pytest.mark.parametrize(
    "lines", [LINES[:3], pytest.param(LINES[3:], marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_any_line_becomes_the_command_and_comes_back(
    shell: Person, desk: Desk, model: Model, lines: list[str]
) -> None:
    """Nothing of it is run, and the model gets exactly what was typed."""
    for number, text in enumerate(lines, start=1):
        model.reply = COMMANDS[number % len(COMMANDS)]
        typed(shell, desk, text)
        shell.type(ALT_E)
        answered(shell, model, number)
        until_line(shell, desk, model.reply)
        assert model.wishes[-1].strip() == text.strip()
        shell.type(UNDO)
        until_line(shell, desk, text)
        emptied(shell, desk)
    assert {path.name for path in desk.folder.iterdir()} == {"line"}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("I cannot do that.", "gave no command"),
        ("ls\nls", "2 commands instead of one"),
        ("for i in a; do\nls\ndone", "several lines"),
        ("ls \u202e", "reverses the order"),
        ("ls \x1b[31m", "hidden control character"),
    ],
)
def test_what_is_no_command_leaves_the_line(
    shell: Person, desk: Desk, model: Model, reply: str, told: str
) -> None:
    model.reply = reply
    typed(shell, desk, "it's a wish")
    shell.type(ALT_E)
    shell.see("llmchat: ", told)
    assert line_of(shell, desk) == "it's a wish"


def test_an_error_of_the_service_leaves_the_line(shell: Person, desk: Desk, model: Model) -> None:
    model.status = 400
    typed(shell, desk, "a wish")
    shell.type(ALT_E)
    shell.see("the service rejected the request")
    assert line_of(shell, desk) == "a wish"
    assert b"\x1b[31mnot" not in shell.bytes


def test_an_empty_line_asks_nobody(shell: Person, desk: Desk, model: Model) -> None:
    shell.type(ALT_E)
    typed(shell, desk, "   ")
    shell.type(ALT_E)
    assert line_of(shell, desk) == "   "
    assert model.asked == []


def test_ctrl_c_while_it_thinks_leaves_the_line(shell: Person, desk: Desk, model: Model) -> None:
    model.silent = True
    typed(shell, desk, "a wish")
    shell.type(ALT_E)
    answered(shell, model, 1)
    shell.press("ctrl-c")
    shell.see("llmchat: stopped")
    until_line(shell, desk, "a wish")
    typed_more = "a wish and more"
    shell.type(" and more")
    until_line(shell, desk, typed_more)


def test_a_second_press_explains_what_came_from_us(shell: Person, desk: Desk, model: Model) -> None:
    typed(shell, desk, "a wish")
    shell.type(ALT_E)
    until_line(shell, desk, "ls")
    shell.type(ALT_E)
    shell.see("It lists files, slowly.")
    assert line_of(shell, desk) == "ls"
    assert "```\nls\n```" in model.wishes[1]


def test_what_is_dangerous_is_told_beside_the_line(shell: Person, desk: Desk, model: Model) -> None:
    model.reply = "rm -r old"
    typed(shell, desk, "a wish")
    shell.type(ALT_E)
    shell.see("careful: rm -r: deletes folders")
    assert line_of(shell, desk) == "rm -r old"


def test_what_is_told_stands_below_a_line_of_several_rows(
    shell: Person, desk: Desk, model: Model
) -> None:
    model.reply = "rm -r old"
    shell.resize(40, 24)
    typed(shell, desk, "a wish that needs two or three rows of a narrow screen, as many do")
    shell.type(ALT_E)
    until_line(shell, desk, "rm -r old")
    shell.until(lambda: shell.line == "$ rm -r old", "the command")
    assert "llmchat: careful: rm -r" in shell.screen


def test_several_lines_of_words_come_back(shell: Person, desk: Desk, model: Model) -> None:
    newline = "\x16\n" if "bash" in str(shell.process.argv) else "\x1b\r"
    shell.type(f"one{newline}two")
    until_line(shell, desk, "one\ntwo")
    shell.type(ALT_E)
    until_line(shell, desk, "ls")
    assert model.wishes == ["one\ntwo"]
    shell.type(UNDO)
    until_line(shell, desk, "one\ntwo")


def test_what_a_pasted_line_says_to_a_terminal_does_not_reach_it(shell: Person) -> None:
    shell.paste("a \x1b]0;pwned\x07 wish")
    shell.type(ALT_E)
    shell.until(lambda: "not text" in shell.text or shell.line == "$ ls", "an answer")
    shell.pump(0.05)
    assert b"\x1b]0;pwned" not in shell.bytes


def test_enter_runs_it_as_any_line_and_the_history_has_it(
    shell: Person, desk: Desk, model: Model
) -> None:
    model.reply = "touch made"
    typed(shell, desk, "a wish")
    shell.type(ALT_E)
    until_line(shell, desk, "touch made")
    assert not (desk.folder / "made").exists()
    shell.press("enter")
    shell.until((desk.folder / "made").exists, "the file")
    shell.until(lambda: shell.line == "$", "a prompt")
    shell.press("up")
    until_line(shell, desk, "touch made")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "powershell"])
def test_the_script_comes_without_starting_the_program(
    name: str, variables: dict[str, str], desk: Desk
) -> None:
    done = subprocess.run(
        [LLMCHAT, "completion", name, "--keys"],
        env={**variables, "PYTHONPROFILEIMPORTTIME": "1"},
        capture_output=True,
        text=True,
    )
    assert "cmd --line" in done.stdout
    assert "typer" not in done.stderr


def recipe(name: str) -> str:
    """The first code block of the page in that shell's language."""
    page = (Path(__file__).parents[2] / "docs" / "shell.md").read_text("utf-8")
    found: list[str] = re.findall(rf"```{name}\n(.*?)```", page, re.DOTALL)
    return found[0]


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_the_recipe_of_the_page_runs_it_in_the_shell_itself(
    name: str, desk: Desk, model: Model
) -> None:
    """It is also added to the history."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (desk.folder / "sub").mkdir()
    (desk.folder / "recipe").write_text(recipe(name))
    model.reply = "cd sub"
    me = desk(*STARTS[name])
    me.pump(0.2)
    me.say(f"PS1='$ '; source {shlex.quote('./recipe')}")
    me.until(lambda: me.line == "$", "a prompt")
    me.say("lc go there")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")
    me.type("r")
    me.until(lambda: me.line == "$", "a prompt")
    me.say("touch here")
    me.until((desk.folder / "sub" / "here").exists, "a file in the folder")
    me.until(lambda: "$ touch here\n" in me.text and me.line == "$", "a prompt")
    me.press("up", "up")
    me.until(lambda: me.line == "$ cd sub", "the command in the history")
