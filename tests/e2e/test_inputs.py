"""What comes in: odd bytes on stdin, words that look like flags, prompts that are none."""

from __future__ import annotations

import codecs

import pytest

from tests.e2e.faults import check_stderr
from tests.e2e.shell import Result, Shell

DEMO = "llmchat ask -p demo"


def refused(result: Result, says: str) -> None:
    assert (result.code, result.out) == (2, ""), result
    check_stderr(result, failed=True)
    assert len(result.lines) == 2
    assert says in result.lines[0], result.err


def quoted(result: Result) -> str:
    """The question as the demo quotes it."""
    assert (result.code, result.err) == (0, ""), result
    lines = (
        result.out.partition("\n\n")[2].partition(" **demo**")[0].rpartition("\n\n")[0].splitlines()
    )
    return "\n".join(line.removeprefix("> ").removeprefix(">") for line in lines)


READ = {
    "UTF-8": "привет 你好".encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + "привет 你好".encode(),
    "UTF-16 LE": codecs.BOM_UTF16_LE + "привет 你好".encode("utf-16-le"),
    "UTF-16 BE": codecs.BOM_UTF16_BE + "привет 你好".encode("utf-16-be"),
    "newlines at the end": "привет 你好\n\n\n".encode(),
}


@pytest.mark.parametrize("data", READ.values(), ids=READ)
def test_text_is_read(shell: Shell, data: bytes) -> None:
    assert quoted(shell.line(DEMO, stdin=data)) == "привет 你好"


def test_instruction_comes_first(shell: Shell) -> None:
    assert quoted(shell.line(f"{DEMO} Translate", stdin=b"hola\n")) == "Translate\n\nhola"


def test_dash_is_stdin(shell: Shell) -> None:
    assert quoted(shell.line(f"{DEMO} -", stdin=b"hola\n")) == "hola"


NOTHING = {"nothing": b"", "blanks": b" \n\t\n", "a mark": codecs.BOM_UTF8}


@pytest.mark.parametrize("data", NOTHING.values(), ids=NOTHING)
def test_empty_prompt(shell: Shell, data: bytes) -> None:
    refused(shell.line(DEMO, stdin=data), "no prompt given")
    refused(shell.line(f"{DEMO} -", stdin=data), "no prompt given")
    refused(shell.line(f"{DEMO} ''", stdin=data), "no prompt given")
    assert quoted(shell.line(f"{DEMO} hi", stdin=data)) == "hi"


BINARY = {
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
    "a program": b"\x7fELF" + bytes(200),
    "NUL": b"hello\0world",
    "random": bytes(range(1, 256)) * 10,
}


@pytest.mark.parametrize("data", BINARY.values(), ids=BINARY)
def test_binary_is_refused(shell: Shell, data: bytes) -> None:
    refused(shell.line(f"{DEMO} hi", stdin=data), "stdin")
    assert shell.history() == []


@pytest.mark.parametrize(
    "data", ["привет, мир".encode("cp1251"), b"caf\xe9 and more"], ids=["cp1251", "latin-1"]
)
def test_other_encodings_are_read_or_refused_never_garbled(shell: Shell, data: bytes) -> None:
    result = shell.line(DEMO, stdin=data)
    assert "\ufffd" not in result.out
    assert result.code in (0, 2)
    if result.code:
        refused(result, "stdin")
    else:
        assert "привет, мир" in result.out or "café" in result.out


def test_hundred_megabytes(shell: Shell) -> None:
    """Refused with the numbers, in little memory."""
    big = shell.home / "big.txt"
    with big.open("wb") as file:
        file.truncate(0)
        for _ in range(100):
            file.write(b"word " * (1024 * 1024 // 5))
    result = shell.run("ask", "-p", "demo", stdin_file=big)
    refused(result, "10 MB")
    assert "--max-input" in result.lines[1]
    assert result.peak_mb < 250


def test_endless_stdin(shell: Shell) -> None:
    """It is not read to its end, which never comes."""
    result = shell.line("yes | llmchat ask -p demo")
    refused(result, "10 MB")


def test_devices_as_stdin(shell: Shell) -> None:
    refused(shell.line(f"{DEMO} hi < /dev/zero"), "")


@pytest.mark.parametrize("words", ["-- -5 degrees", "-- --help me"])
def test_prompt_that_begins_with_a_dash(shell: Shell, words: str) -> None:
    assert quoted(shell.line(f"{DEMO} {words}")) in ("-5 degrees", "--help me")


def test_unknown_flag_says_how_to_ask_it(shell: Shell) -> None:
    refused(shell.line(f"{DEMO} --frobnicate"), "--frobnicate")
    refused(shell.line(f"{DEMO} '-5 degrees is cold'"), "-5")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("llmchat frobnicate", "frobnicate"),
        ("llmchat ask -p nobody hi", "nobody"),
        ("llmchat ask -p chatglm -m gpt-9 hi", "gpt-9"),
        (f"{DEMO} -o broken", "broken"),
        (f"{DEMO} --timeout soon hi", "soon"),
        (f"{DEMO} --timeout -1 hi", "--timeout"),
        (f"{DEMO} --raw --markdown hi", "--raw"),
        (f"{DEMO} -f missing.txt hi", "missing.txt"),
        (f"{DEMO} --fallback nobody hi", "nobody"),
        (f"{DEMO} -t nothing hi", "nothing"),
    ],
)
def test_usage(shell: Shell, command: str, says: str) -> None:
    refused(shell.line(command), says)
    assert "assistant" not in [s.role for s in shell.history() if s.text]


def test_not_found(shell: Shell) -> None:
    """Conversations and code blocks that are not there: exit 11."""
    shell.line(f"{DEMO} hi")
    for command in (f"{DEMO} --cid zzzz hi", f"{DEMO} -x 9 hi"):
        result = shell.line(command)
        assert (result.code, result.out) == (11, ""), result
        check_stderr(result, failed=True)


def test_nothing_to_continue(shell: Shell) -> None:
    result = shell.line(f"{DEMO} -c hi")
    assert (result.code, result.out) == (11, ""), result


def test_arguments_that_are_no_text(shell: Shell) -> None:
    """Bytes of another encoding in a word must not stop a question."""
    result = shell.line("llmchat ask -p demo \"$(printf 'caf\\351')\"")
    assert result.code in (0, 2), result
    check_stderr(result, failed=result.code != 0)


def test_question_of_a_megabyte(shell: Shell) -> None:
    result = shell.line("llmchat ask -p demo -q", stdin=b"word " * 200_000)
    assert result.code == 0, result.err


def test_folder_that_was_deleted(shell: Shell) -> None:
    gone = "mkdir gone && cd gone && rmdir ../gone"
    result = shell.line(f"{gone} && {DEMO} hi")
    assert result.code == 0, result.err
    for argv in ("-f . hi", "-f etc/passwd hi", "-O answer.txt hi"):
        result = shell.line(f"{gone} && {DEMO} {argv}")
        assert result.code in (2, 3), result
        assert "No such file" in result.err or "does not exist" in result.err
