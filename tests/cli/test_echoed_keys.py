"""A service that repeats the key in every field of its replies: no stream or file shows more than
eight consecutive characters of it."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from llmchat.cli.main import run
from llmchat.world import World
from tests.servers.network import Network, body
from tests.servers.scripted import Asked

KEY = "sk-4fT9/xQ2+bLmZ7vKc1RdWn8sYhG5jP0uEoAiXq3BtNw6MV"
FORMS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode())
CUTS = (8, 9, 30)
SAID = [form[:cut] for form in FORMS for cut in CUTS] + [FORMS[1], FORMS[2], KEY[5:]]
SAID += ["x" * (limit - 20) + KEY for limit in (300, 1200)]  # where texts of errors are cut
Reply = Callable[[str], httpx.Response]


def again(reply: Reply, text: str) -> Callable[[Asked], httpx.Response]:
    """The same reply, created again for each request."""
    return lambda _: reply(text)


def said(status: int, **headers: str) -> Reply:
    def reply(text: str) -> httpx.Response:
        told = json.dumps({"error": {"message": text, "code": text, "type": text}})
        named = [(n.replace("_", "-"), v.format(text)) for n, v in headers.items()]
        return body([told.encode()], "application/json", status=status, headers=named)

    return reply


def streamed(text: str) -> httpx.Response:
    frames = (
        {"id": text, "model": text, "choices": [{"delta": {"reasoning_content": text}}]},
        *({"choices": [{"delta": {"content": text[at : at + 7]}}]} for at in range(0, 60, 7)),
        {"choices": [{"delta": {"content": f" {text} "}, "finish_reason": text}]},
    )
    lines = [f"data: {json.dumps(frame)}\n\n".encode() for frame in frames]
    return body([*lines, b"data: [DONE]\n\n"], headers=[("x-request-id", text)])


def broken_off(text: str) -> httpx.Response:
    frames = [{"choices": [{"delta": {"content": "Well"}}]}, {"error": {"message": text}}]
    return body([f"data: {json.dumps(frame)}\n\n".encode() for frame in frames])


def phrased(text: str) -> httpx.Response:
    reply = body([], "", status=502)
    reply.extensions["reason_phrase"] = text.encode()
    return reply


def models(text: str) -> httpx.Response:
    rows = [{"id": text, "name": text}, {"id": f"model-{text}"}]
    return body([json.dumps({"data": rows}).encode()], "application/json")


REPLIES: dict[str, Reply] = {
    **{str(status): said(status) for status in (400, 401, 403, 404, 413, 418, 429, 500)},
    "headers": said(400, x_request_id="{}", content_encoding="{}", set_cookie="a={}"),
    "a wait": said(429, retry_after="{}", x_request_id="{}"),
    "elsewhere": said(307, location="https://{0}.example/{0}?key={0}"),
    "an answer": streamed,
    "half an answer": broken_off,
    "a phrase": phrased,
    "models": models,
    "text": lambda text: body([f"bad key {text}".encode()], "text/plain", status=401),
    "no JSON": lambda text: body([f"<{text}".encode()], f"text/{text}"),
    "a slash": lambda text: body(
        [json.dumps({"error": text}).replace("/", "\\/").encode()], "application/json", status=401
    ),
}
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ask", "-p", "openai", "-m", "m", "hi"),
    ("ask", "-p", "openai", "-m", "m", "--json", "hi"),
    ("ask", "-p", "openai", "--jsonl", "hi"),
    ("models", "openai", "--refresh"),
    ("doctor", "openai", "--live"),
    ("history", "list"),
    ("history", "show", "last"),
    ("models", "openai", "--json"),
)


def shown(text: str, run: int = 9) -> Iterator[str]:
    for form in FORMS:
        grams = (form[at : at + run] for at in range(len(form) - run + 1))
        yield from (gram for gram in grams if gram in text)


def told(
    home: Path, answer: Callable[[Asked], httpx.Response], *argv: str, stdin: str = "", **more: str
) -> str:
    """Everything that one command line prints or saves."""
    out, err = io.StringIO(), io.StringIO()
    environ = {
        "LLMCHAT_HOME": str(home / "h"),
        "HOME": str(home),
        "LLMCHAT_OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "LLMCHAT_OPENAI_RETRIES": "0",
        **more,
    }
    world = World(environ, io.StringIO(stdin), out, err, home, http=Network(answer))
    run([*argv], world)
    return out.getvalue() + err.getvalue()


def files(home: Path) -> list[Path]:
    return [p for p in home.rglob("*") if p.is_file() and p.name != "credentials.json"]


def written(home: Path) -> str:
    return "\n".join(path.read_bytes().decode("latin-1") for path in files(home))


def rows(home: Path) -> Iterator[str]:
    for path in home.rglob("history.db"):
        with closing(sqlite3.connect(path)) as connection:
            yield from connection.iterdump()


def nothing_is_written(home: Path) -> bool:
    """In a database, eight characters may by chance be followed by the key's next one: this
    happened with the milliseconds of an answer."""
    plain = [path.read_text("utf-8") for path in files(home) if "history.db" not in path.name]
    assert not [gram for text in (*plain, *rows(home)) for gram in shown(text)]
    assert not list(shown(written(home), 12))
    return True


@pytest.mark.parametrize("name", REPLIES)
def test_no_reply_brings_the_key_back(tmp_path: Path, name: str) -> None:
    for text in SAID:
        commands = COMMANDS[:5] if text in (KEY, KEY[5:]) else COMMANDS[1:2]
        for argv in commands:
            got = told(tmp_path, again(REPLIES[name], text), *argv, OPENAI_API_KEY=KEY)
            assert not list(shown(got)), (argv, text)
    for argv in COMMANDS[5:]:
        got = told(tmp_path, again(said(400), KEY), *argv, OPENAI_API_KEY=KEY)
        assert not list(shown(got)), argv
    assert nothing_is_written(tmp_path)


@pytest.mark.parametrize("name", REPLIES)
def test_signing_in_tells_no_key(tmp_path: Path, name: str) -> None:
    for text in (KEY, FORMS[2], KEY[5:]):
        argv = ("auth", "openai", "--key-stdin")
        got = told(tmp_path, again(REPLIES[name], text), *argv, stdin=f"{KEY}\n")
        assert got
        assert not list(shown(got)), text
    assert nothing_is_written(tmp_path)


def test_a_traceback_tells_no_key(tmp_path: Path) -> None:
    for name, reply in REPLIES.items():
        argv = ("auth", "openai", "--key-stdin")
        got = told(tmp_path, again(reply, KEY), *argv, stdin=KEY, LLMCHAT_DEBUG="1")
        assert not list(shown(got)), name


def test_an_answer_without_the_key_is_exact(tmp_path: Path) -> None:
    """Also an answer about keys, whose pieces look like the beginning of one."""
    text = "Use sk-4fT9/ or KEY=`sk-4fT...`; 9/xQ2+bL of it, exact."
    argv = ("ask", "-p", "openai", "-m", "m", "--no-save", "x")
    got = told(tmp_path, again(streamed, text), *argv, OPENAI_API_KEY=KEY)
    assert f"{text} {text} \n" in got


WORDS = (
    (KEY,), (f"--{KEY}",), ("ask", f"--{KEY}", "x"), ("auth", KEY), ("models", KEY), ("help", KEY),
    ("ask", "-p", KEY, "x"), ("ask", "-p", "yqcloud", "-m", KEY, "x"), ("history", KEY),
    ("history", "show", KEY), ("history", "list", KEY), ("config", "get", KEY), ("config", KEY),
    ("completion", KEY), ("doctor", KEY), ("templates", "show", KEY), ("code", KEY),
    ("ask", "-f", KEY, "x"), ("ask", "-t", KEY, "x"), ("ask", "-o", "x", KEY, "--timeout", KEY),
    ("ask", "--json", "-p", KEY, "x"), ("auth", "logout", KEY), ("auth", "status", KEY),
    ("auth", "openai", KEY), ("ask", "--proxy", f"x://{KEY}", "-p", "openai", "hi"),
)  # fmt: skip


@pytest.mark.parametrize("argv", WORDS)
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_key_among_the_words_is_not_repeated(
    tmp_path: Path, argv: tuple[str, ...], debug: str
) -> None:
    more = {"OPENAI_API_KEY": "other", "LLMCHAT_DEBUG": debug}
    got = told(tmp_path, again(said(400), "no"), *argv, **more)
    assert got
    assert not list(shown(got))
