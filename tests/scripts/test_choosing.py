"""Which provider is asked, end to end: aliases, a project's file, follow-ups and attachments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.dialogues import CHAT
from tests.shell import Shell

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def served(llmchat: Shell) -> tuple[Shell, list[httpx.Request]]:
    """Every chat server answers, and records its requests."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=CHAT, headers={"content-type": "text/event-stream"})

    llmchat.answer = answer
    return llmchat, asked


Served = tuple[Shell, list[httpx.Request]]


def body(request: httpx.Request) -> Any:
    return json.loads(request.content)


def configured(shell: Shell, text: str) -> None:
    path = shell.home / "config.toml"
    path.write_text(text)
    path.chmod(0o600)


BOXES = """
[providers.box]
base_url = "http://127.0.0.1:1/v1"
model = "small"
[providers.other]
base_url = "http://127.0.0.1:2/v1"
model = "large"
"""


def test_an_alias_names_provider_and_model(served: Served) -> None:
    shell, asked = served
    configured(shell, '[aliases]\nfast = "box/tiny"\n' + BOXES)
    assert shell("ask", "-m", "fast", "hi").code == 0
    assert (asked[0].url.port, body(asked[0])["model"]) == (1, "tiny")
    clash = shell("ask", "-p", "other", "-m", "fast", "hi")
    assert (clash.code, "fast is an alias for box/tiny" in clash.err) == (2, True)


def test_a_projects_file_sets_model_template_and_options_and_nothing_else(
    served: Served, tmp_path: Path
) -> None:
    shell, asked = served
    configured(shell, 'provider = "box"\n' + BOXES)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "house.md").write_text("In our style: {{ input }}")
    (tmp_path / ".llmchat.toml").write_text(
        'model = "other/large"\ntemplate = "house"\nproxy = "http://127.0.0.1:9"\n'
        "[options]\ntemperature = 0.1\n"
    )
    result = shell("ask", "hi")
    assert result.code == 0
    assert ".llmchat.toml:3: proxy is not allowed" in result.err
    sent = body(asked[0])
    assert (asked[0].url.port, sent["model"], sent["temperature"]) == (2, "large", 0.1)
    assert sent["messages"][-1]["content"] == "In our style: hi"
    shell("ask", "-c", "and now?")
    assert body(asked[1])["messages"][-1]["content"] == "and now?"


def test_a_projects_file_cannot_choose_a_third_party(served: Served, tmp_path: Path) -> None:
    shell, asked = served
    configured(shell, 'provider = "box"\n' + BOXES)
    (tmp_path / ".llmchat.toml").write_text('model = "yqcloud/gpt-4"\n')
    result = shell("ask", "hi")
    assert "cannot choose yqcloud" in result.err
    assert [request.url.port for request in asked] == [1]


def test_a_local_conversation_stays_where_it_was(served: Served) -> None:
    shell, asked = served
    configured(shell, 'provider = "other"\n' + BOXES)
    shell("ask", "-p", "box", "-m", "special", "between us")
    shell("ask", "-c", "go on")
    assert (asked[1].url.port, body(asked[1])["model"]) == (1, "special")
    shell("ask", "-c", "-p", "other", "your turn")
    assert (asked[2].url.port, body(asked[2])["model"]) == (2, "large")
    assert len(body(asked[2])["messages"]) == 5


def test_a_follow_up_counts_what_was_said(served: Served) -> None:
    shell, asked = served
    configured(shell, BOXES + "context = 400\n")
    assert shell("ask", "-p", "other", "word " * 300).code == 0
    refused = shell("ask", "-c", "--json", "more " * 200)
    assert (refused.code, refused.json["error"]["kind"]) == (2, "too_long")
    assert "large is limited to 400" in refused.json["error"]["message"]
    assert len(asked) == 1


def test_an_attachment_goes_with_auto_to_one_that_takes_it(served: Served, tmp_path: Path) -> None:
    shell, asked = served
    (tmp_path / "x.png").write_bytes(PNG)
    refused = shell("ask", "-a", "x.png", "what is it")
    assert (refused.code, asked) == (2, [])
    assert "yqcloud does not accept attachments" in refused.err
    configured(shell, BOXES)
    assert shell("ask", "-a", "x.png", "what is it").code == 0
    assert asked[0].url.port == 1
    assert "image/png" in json.dumps(body(asked[0]))


def test_a_fallback_that_takes_an_attachment_is_asked_in_place(
    served: Served, tmp_path: Path
) -> None:
    shell, asked = served
    (tmp_path / "x.png").write_bytes(PNG)
    configured(shell, BOXES)
    result = shell("ask", "-p", "yqcloud", "--fallback", "box", "-a", "x.png", "what is it")
    assert (result.code, [request.url.port for request in asked]) == (0, [1])
    assert result.err == "yqcloud does not accept attachments; using box\n"


def test_a_wrong_setting_ends_auto_instead_of_moving_it_on(served: Served) -> None:
    shell, asked = served
    shell.environ["LLMCHAT_TIMEOUT"] = "soon"
    result = shell("ask", "hi")
    assert (result.code, result.out, asked) == (3, "", [])
    assert result.err.startswith("llmchat: LLMCHAT_TIMEOUT: timeout must be a number of seconds")


def test_o_with_a_dash_is_stdout(served: Served, tmp_path: Path) -> None:
    shell, _ = served
    assert "You asked" in shell("ask", "-p", "demo", "-O", "-", "hi").out
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("-p", "demo", "chat"), "flags go after the command 'chat'"),
        (("-p", "demo", "ask", "hi"), "'ask'\n  llmchat ask -p demo ...\n"),
        (("--provider", "demo"), "no prompt given"),
        (("--verison",), "did you mean `llmchat --version`?"),
        (("ask", "--color", "sometimes", "hi"), "--color must be auto, always or never"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(
    llmchat: Shell, argv: tuple[str, ...], told: str
) -> None:
    result = llmchat(*argv)
    assert (result.code, result.out) == (2, "")
    assert told in result.err
