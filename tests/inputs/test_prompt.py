"""One prompt out of words, piped text, files, folders and pages."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import EmptyPrompt, TooLong, UsageError
from llmchat.inputs.attachments import read_attachments
from llmchat.inputs.prompt import Prompt, is_terminal, labelled_text, read_prompt, with_pages
from llmchat.inputs.text import WebPage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def pipe(content: bytes | str) -> io.TextIOWrapper:
    data = content.encode() if isinstance(content, str) else content
    return io.TextIOWrapper(io.BytesIO(data))


HERE = Path("/nonexistent")


@pytest.mark.parametrize(
    ("words", "piped", "text"),
    [
        (["Say", "hi"], "", "Say hi"),
        (["Say hi"], "", "Say hi"),
        (["Sum up:"], "line 1\nline 2\n", "Sum up:\n\nline 1\nline 2"),
        ([], "only this\n", "only this"),
        (["-"], "only this\n", "only this"),
        (["Sum", "-"], "this", "Sum\n\nthis"),
        (["Sum"], "\n \n", "Sum"),
        (["Sum"], "  indented\n", "Sum\n\n  indented"),
        (["Привет"], "语言\n", "Привет\n\n语言"),
    ],
)
def test_the_instruction_comes_first_then_the_piped_text(
    words: list[str], piped: str, text: str
) -> None:
    assert read_prompt(words, stdin=pipe(piped), cwd=HERE).text == text


@pytest.mark.parametrize(("words", "piped"), [([], ""), (["-"], ""), (["  "], " \n"), ([""], "")])
def test_nothing_to_ask_is_an_error_and_never_a_request(words: list[str], piped: str) -> None:
    with pytest.raises(EmptyPrompt) as caught:
        _ = read_prompt(words, stdin=pipe(piped), cwd=HERE).text
    assert caught.value.exit_code == 2


def test_the_stdin_of_a_terminal_is_read_only_for_a_dash() -> None:
    assert read_prompt(["hi"], stdin=Terminal("typed"), cwd=HERE).text == "hi"
    assert read_prompt(["-"], stdin=Terminal("typed\n"), cwd=HERE).text == "typed"


def test_piped_text_can_be_left_alone() -> None:
    stdin = pipe("rest of a loop")
    assert read_prompt(["hi"], stdin=stdin, cwd=HERE, use_stdin=False).text == "hi"
    assert stdin.read() == "rest of a loop"


def test_no_stdin_at_all_is_no_text() -> None:
    closed = pipe("x")
    closed.close()
    assert read_prompt(["hi"], stdin=None, cwd=HERE).text == "hi"
    assert read_prompt(["hi", "-"], stdin=closed, cwd=HERE).text == "hi"
    assert is_terminal(closed)
    assert is_terminal(None)


def test_a_stdin_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as only_written, pytest.raises(UsageError, match="stdin: "):
        read_prompt(["hi"], stdin=only_written, cwd=HERE)


def test_files_stand_between_instruction_and_piped_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)")
    (tmp_path / "b.md").write_text("```\ncode\n```\n")
    prompt = read_prompt(["Explain"], files=["a.py", "b.md"], stdin=pipe("piped\n"), cwd=tmp_path)
    assert prompt.text == (
        "Explain\n\na.py:\n```py\nprint(1)\n```\n\nb.md:\n````md\n```\ncode\n```\n````\n\npiped"
    )
    assert prompt.notices == ()


def test_a_dash_among_the_files_is_stdin_with_a_name(tmp_path: Path) -> None:
    prompt = read_prompt(["Sum"], files=["-", "-"], stdin=pipe("piped\n"), cwd=tmp_path)
    assert prompt.text == "Sum\n\nstdin:\n```\npiped\n```"


def test_files_alone_are_a_prompt(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    assert read_prompt([], files=["a"], stdin=None, cwd=tmp_path).text == "a:\n```\ntext\n```"


def test_what_was_guessed_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("Привет всем".encode("cp1251"))
    prompt = read_prompt(
        ["x"], files=["old.txt"], stdin=pipe("Мир вам".encode("cp1251")), cwd=tmp_path
    )
    assert prompt.notices == ("old.txt: read as Windows-1251", "stdin: read as Windows-1251")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing.txt", "nothing.txt: No such file or directory"),
        ("two\nlines", "two\ufffdlines: No such file"),
        ("nul\0", "nul\ufffd: cannot be read"),
        ("a/b", "a/b: Not a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UsageError, match=problem) as caught:
        read_prompt(["x"], files=[name], stdin=None, cwd=tmp_path)
    assert caught.value.exit_code == 2


def test_an_empty_name_is_an_error_and_not_the_present_folder(tmp_path: Path) -> None:
    """As `-f "$FILE"` gives it where FILE is not set."""
    (tmp_path / "private.txt").write_text("private")
    with pytest.raises(UsageError, match="file name is empty"):
        read_prompt(["x"], files=[""], stdin=None, cwd=tmp_path)
    with pytest.raises(UsageError, match="file name is empty"):
        read_attachments([""], provider="openai", cwd=tmp_path)


def test_a_pipe_of_the_shell_is_read_like_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    writer = threading.Thread(target=(tmp_path / "fifo").write_text, args=("from a pipe",))
    writer.start()
    prompt = read_prompt([], files=["fifo"], stdin=None, cwd=tmp_path)
    writer.join(timeout=60)
    assert "from a pipe" in prompt.text


def test_what_is_larger_than_the_limit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 600)
    (tmp_path / "b").write_text("x" * 600)
    with pytest.raises(TooLong, match="a is more than 500 bytes, the limit is 500 bytes"):
        read_prompt([], files=["a"], stdin=None, cwd=tmp_path, limit=500)
    with pytest.raises(TooLong, match="stdin is more than 500 bytes"):
        read_prompt([], stdin=pipe("x" * 501), cwd=tmp_path, limit=500)
    with pytest.raises(TooLong, match=r"the input is 1.2 kB, the limit is 1 kB") as caught:
        read_prompt([], files=["a", "b"], stdin=None, cwd=tmp_path, limit=1000)
    assert "--max-input" in caught.value.hint


def test_an_endless_device_is_not_read_to_its_end() -> None:
    with pytest.raises(TooLong):
        read_prompt([], files=["/dev/zero"], stdin=None, cwd=HERE, limit=5000)


def test_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    prompt = read_prompt([], files=["src"], stdin=None, cwd=tmp_path)
    assert prompt.text == "src/a.py:\n```py\n1\n```"
    assert prompt.notices == ("src: 1 file, 1 byte",)


async def test_pages_are_fetched_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("file")
    asked: list[tuple[str, int]] = []

    async def fetch(url: str, limit: int) -> WebPage:
        asked.append((url, limit))
        return WebPage(url, "text/html", b"<title>T</title><p>words")

    files = ["https://x.example/p.html", "a"]
    prompt = read_prompt(["Sum"], files=files, stdin=None, cwd=tmp_path, limit=900)
    assert prompt.urls == ("https://x.example/p.html",)
    complete = await with_pages(prompt, fetch, limit=900)
    assert complete.text == (
        "Sum\n\nhttps://x.example/p.html:\n```\n# T\n\nwords\n```\n\na:\n```\nfile\n```"
    )
    assert complete.notices == ("https://x.example/p.html: 10 bytes of text",)
    assert asked == [("https://x.example/p.html", 900)]


async def test_too_many_pages_are_refused() -> None:
    async def fetch(url: str, limit: int) -> WebPage:
        raise AssertionError("nothing is fetched")

    files = [f"https://x.example/{n}" for n in range(21)]
    with pytest.raises(UsageError, match="too many pages: 21"):
        await with_pages(read_prompt([], files=files, stdin=None, cwd=HERE), fetch)


async def test_pages_count_for_the_limit() -> None:
    async def fetch(url: str, limit: int) -> WebPage:
        return WebPage(url, "text/plain", b"x" * 80)

    prompt = read_prompt([], files=["https://a", "https://b"], stdin=None, cwd=HERE, limit=100)
    with pytest.raises(TooLong, match="the input is 160 bytes, the limit is 100 bytes"):
        await with_pages(prompt, fetch, limit=100)


def test_an_empty_prompt_says_so_before_a_template_is_filled() -> None:
    assert read_prompt([], stdin=pipe(" "), cwd=HERE).is_empty
    assert not Prompt("x").is_empty


@settings(max_examples=150)
@given(st.text(st.sampled_from("`a\n "), max_size=30))
def test_nothing_inside_closes_the_fence(text: str) -> None:
    lines = labelled_text("n", text).split("\n")
    fence = lines[1]
    assert set(fence) == {"`"}
    assert [i for i, line in enumerate(lines) if fence in line] == [1, len(lines) - 1]
    assert "\n".join(lines[2:-1]).rstrip("\n") == text.rstrip("\n")
