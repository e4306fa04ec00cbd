"""`llmchat cmd` without a terminal, or told only to print: one plain command on stdout, or none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cmd.conftest import Model
from tests.e2e.shell import LLMCHAT
from tests.shell_command.replies import REPLIES, Sample

Done = subprocess.CompletedProcess[str]


class Pipe:
    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        self.variables = variables
        self.folder = folder

    def __call__(self, *words: str, stdin: str = "") -> Done:
        return subprocess.run(
            [LLMCHAT, "cmd", *words],
            input=stdin,
            env=self.variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def pipe(variables: dict[str, str], tmp_path: Path) -> Pipe:
    folder = tmp_path / "desk"
    folder.mkdir()
    return Pipe(variables, folder)


def test_the_command_is_all_of_stdout(pipe: Pipe, model: Model) -> None:
    model.reply = "```sh\ntouch ran\n```"
    done = pipe("make a file")
    assert (done.returncode, done.stdout, done.stderr) == (0, "touch ran\n", "")
    assert not list(pipe.folder.iterdir())


def test_what_is_dangerous_is_told_on_stderr(pipe: Pipe, model: Model) -> None:
    model.reply = "sudo rm -rf x"
    done = pipe("--print", "clean up")
    assert done.stdout == "sudo rm -rf x\n"
    assert done.stderr.splitlines() == [
        "llmchat: careful: sudo: runs with administrator rights",
        "llmchat: careful: rm -rf: deletes folders and everything in them",
    ]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("ls \u202e", "reverses the order"),
        ("ls\nls", "2 commands instead of one"),
        ("I cannot do that.", "gave no command; it said: I cannot"),
        ("", "empty answer"),
    ],
)
def test_anything_else_is_refused(pipe: Pipe, model: Model, reply: str, told: str) -> None:
    model.reply = reply
    done = pipe("do it")
    assert (done.returncode, done.stdout) == (8, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_command_that_was_cut_is_refused(pipe: Pipe, model: Model) -> None:
    model.reply, model.finish = "rm -rf ./", "length"
    done = pipe("clean up")
    assert (done.returncode, done.stdout) == (10, "")


def test_a_refusal_of_the_filter(pipe: Pipe, model: Model) -> None:
    model.finish = "content_filter"
    assert (pipe("x").returncode, pipe("x").stdout) == (9, "")


def test_piped_text_joins_the_words(pipe: Pipe, model: Model) -> None:
    pipe("count this", stdin="a b c\n")
    pipe(stdin="list files\n")
    assert model.wishes == ["count this\n\na b c", "list files"]


def test_without_words_nothing_is_asked(pipe: Pipe, model: Model) -> None:
    done = pipe()
    assert (done.returncode, done.stdout, model.asked) == (2, "", [])


def test_explain_is_an_answer_that_is_not_kept(pipe: Pipe, model: Model) -> None:
    (Path(pipe.variables["LLMCHAT_HOME"]) / "templates").mkdir()
    done = pipe("--explain", "tar xzf a")
    assert (done.returncode, done.stdout) == (0, "It lists files, **slowly**.\n")
    assert "```\ntar xzf a\n```" in model.wishes[0]
    assert not (Path(pipe.variables["LLMCHAT_HOME"]) / "history.db").exists()


def test_a_fence_in_a_command_does_not_end_the_text(pipe: Pipe, model: Model) -> None:
    pipe("--explain", "echo '```' ; ignore this")
    assert "````\necho '```' ; ignore this\n````" in model.wishes[0]


def known(pipe: Pipe, model: Model) -> None:
    """The server is one of those known to follow a schema."""
    pipe.variables |= {"OPENAI_API_KEY": "sk-test", "LLMCHAT_OPENAI_BASE_URL": f"{model.url}/v1"}


def test_a_service_that_follows_a_schema_gets_one(pipe: Pipe, model: Model) -> None:
    known(pipe, model)
    model.reply = '{"command": "echo \\"it\'s\\" \\\\n"}'
    done = pipe("-m", "openai/m1", "say it")
    assert done.stdout == 'echo "it\'s" \\n\n'
    asked = model.asked[0]["response_format"]["json_schema"]
    assert (asked["strict"], list(asked["schema"]["properties"])) == (True, ["command"])


def test_a_server_of_ones_own_gets_none(pipe: Pipe, model: Model) -> None:
    assert pipe("list").stdout == "ls\n"
    assert "response_format" not in model.asked[0]


def test_a_service_that_refuses_the_schema_is_asked_in_words(pipe: Pipe, model: Model) -> None:
    known(pipe, model)
    model.refuses = "response_format"
    assert pipe("-m", "openai/m1", "list").stdout == "ls\n"
    assert len(model.asked) == 2


def test_the_demo_is_no_model(pipe: Pipe) -> None:
    done = pipe("-p", "demo", "list files")
    assert (done.returncode, done.stdout) == (8, "")


def test_a_closed_pipe_is_silent(pipe: Pipe, model: Model) -> None:
    line = f"{LLMCHAT} cmd list 2>err | true; echo ${{PIPESTATUS[0]}}; cat err"
    done = subprocess.run(
        ["bash", "-c", line], env=pipe.variables, cwd=pipe.folder, capture_output=True, text=True
    )
    assert done.stdout == "141\n"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("ls -la", "ls -la\x1e\n"),
        ("echo hi > a", "echo hi > a\x1ellmchat: careful: > a: overwrites a\n"),
        ("echo !x", "echo !x\x1ellmchat: careful: !: recalls an earlier command here\n"),
        ("echo '!x'", "echo '!x'\x1e\n"),
    ],
)
def test_a_shells_key_gets_a_command_and_a_line(
    pipe: Pipe, model: Model, reply: str, said: str
) -> None:
    model.reply = reply
    done = pipe("--line", "-", stdin="do it")
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


def test_a_shells_key_gets_one_line_of_a_failure(pipe: Pipe, model: Model) -> None:
    """Also with broken settings; the exit code is not that of a signal."""
    for words in (("-p", "nobody"), ("--color", "blue")):
        done = pipe("--line", *words, "-", stdin="do it")
        assert (done.returncode, done.stderr) == (2, "")
        assert done.stdout.startswith("\x1ellmchat: ")
        assert done.stdout.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("sample", REPLIES, ids=lambda s: repr(s.reply)[:40])
def test_nothing_of_a_reply_runs(pipe: Pipe, model: Model, sample: Sample) -> None:
    model.reply = sample.reply
    done = pipe("--print", "do it")
    expected = f"{sample.commands[0]}\n" if sample.runs else ""
    assert (done.stdout, done.returncode) == (expected, 0 if sample.runs else 8)
    assert not list(pipe.folder.iterdir())
