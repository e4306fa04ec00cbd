"""`ask --dry-run` shows the request as it would leave, and `ask --edit` the question first."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest

from llmchat.providers import NAMES
from tests.shell import Shell, editor

KEY = "sk-abcdefghijklmnop0123456789"


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def shell(tmp_path: Path, sent: list[str]) -> Shell:
    """A shell whose network records every request."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(500)

    environ = {"LLMCHAT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    return Shell(tmp_path, environ, answer=answer)


def files(shell: Shell) -> list[Path]:
    return [path for path in shell.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "local"])  # it needs a file
def test_nothing_leaves_and_nothing_is_kept(shell: Shell, sent: list[str], name: str) -> None:
    result = shell("ask", "--dry-run", "-p", name, "-s", "Be brief", "why is the sky blue")
    assert result.code == 0
    assert "why is the sky blue" in result.out
    assert "Be brief" in result.out
    assert "not sent: about " in result.err
    assert f" tokens for {name}/" in result.err
    assert (sent, files(shell)) == ([], [])


@pytest.mark.parametrize(("words", "count"), [("hi", "1 token"), ("why is it so", "3 tokens")])
def test_one_token_is_not_many(shell: Shell, words: str, count: str) -> None:
    assert f"about {count} for demo/" in shell("ask", "--dry-run", "-p", "demo", words).err


def test_the_request_is_the_one_that_is_really_sent(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    environ = {"LLMCHAT_HOME": str(tmp_path), "OPENAI_API_KEY": KEY, "LLMCHAT_RETRIES": "0"}
    shell = Shell(tmp_path, environ, answer=answer)
    argv = ("-p", "openai", "-m", "gpt-5", "-e", "low", "-o", "seed", "7", "привет")
    shown = json.loads(shell("ask", "--dry-run", "--json", *argv).out)
    shell("ask", *argv)
    (request,) = seen
    assert shown["body"] == json.loads(request.content)
    assert (shown["method"], shown["url"]) == (request.method, str(request.url))
    assert {n: v for n, v in shown["headers"].items() if n != "authorization"} == {
        n: v for n, v in request.headers.items() if n != "authorization"
    }
    assert shown["headers"]["authorization"] == "Bearer ***"
    assert shown["tokens"] > 0


def test_no_key_is_seen_and_no_command_is_run_for_one(shell: Shell, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    shell("config", "set", "providers.zai.api_key_command", f"touch {ran}")
    result = shell("ask", "--dry-run", "-p", "zai", "hi")
    keyed = shell("ask", "--dry-run", "-p", "openai", "hi", OPENAI_API_KEY=KEY)
    assert (result.code, keyed.code, ran.exists()) == (0, 0, False)
    assert "authorization: Bearer ***" in result.out
    assert KEY[3:] not in keyed.out + keyed.err
    assert "not signed in" not in keyed.err


def test_pages_and_files_are_named_and_not_fetched(shell: Shell, sent: list[str]) -> None:
    (shell.cwd / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    url = "https://anna:pa55word@example.org/a"
    page = shell("ask", "--dry-run", "-p", "demo", "-f", url, "what is it")
    picture = shell("ask", "--dry-run", "-p", "openai", "-a", "cat.png", "what is it")
    upload = shell("ask", "--dry-run", "-p", "gigachat", "-a", "cat.png", "what is it")
    assert "https://***@example.org/a" in page.out
    assert "pa55word" not in page.out + page.err
    assert "is fetched when the question is sent" in page.out
    assert "data:image/png;base64,(280 characters)" in picture.out
    assert "the id that the upload will get" in upload.out
    assert sent == []


def test_a_dash_attaches_what_is_piped(shell: Shell, sent: list[str]) -> None:
    """The bytes are attached and not part of the prompt; they are not read again as text."""
    picture = io.TextIOWrapper(io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(200)))
    done = shell("ask", "--dry-run", "-p", "openai", "-a", "-", "what is it", stdin=picture)
    assert (done.code, "data:image/png;base64,(280 characters)" in done.out) == (0, True)
    assert '"what is it"' in done.out
    assert shell("ask", "--dry-run", "-p", "openai", "-a", "-", "hi", stdin="words").code == 2
    assert sent == []


def test_what_is_continued_goes_along_and_stays_as_it_is(shell: Shell) -> None:
    shell("ask", "-p", "demo", "the first question")
    before = shell("history", "show", "--json")
    result = shell("ask", "--dry-run", "-c", "and now")
    assert "the first question" in result.out
    assert "and now" in result.out
    assert shell("history", "show", "--json") == before


def test_a_flag_that_stands_in_for_a_value_is_refused_before_anything_is_sent(
    shell: Shell, sent: list[str]
) -> None:
    result = shell("-o", "temperature", "-p", "openai", "Rewrite this letter")
    assert (result.code, result.out, sent) == (2, "", [])
    assert "-p is a flag" in result.err


def test_an_option_nearly_known_is_told_the_nearest(shell: Shell) -> None:
    result = shell("ask", "--dry-run", "-p", "openai", "-o", "temprature", "0.2", "hi")
    assert "did you mean temperature?" in result.err


def test_the_question_is_what_the_editor_leaves(shell: Shell) -> None:
    change = editor("file.write_text(file.read_text() + ' and edited')")
    result = shell("ask", "-p", "demo", "--edit", "typed", stdin="piped", EDITOR=change)
    assert "typed and edited" in result.out
    assert "piped" in result.out


def test_an_empty_question_from_the_editor_is_not_sent(shell: Shell, sent: list[str]) -> None:
    clear = editor("file.write_text(' ')")
    result = shell("ask", "-p", "openai", "--edit", "typed", EDITOR=clear, OPENAI_API_KEY=KEY)
    assert (result.code, result.out, sent) == (2, "", [])
    assert "nothing was sent" in result.err
