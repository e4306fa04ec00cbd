"""`ask` with pictures: where they are saved, what a pipe and a program see of them, and how the
next question changes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.gigachat import CHAT, JPEG, KEY, StrictGigaChat
from tests.shell import Shell

ASK = ("ask", "-p", "gigachat")


@pytest.fixture
def signed(shell: Shell) -> Shell:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    return shell


def saved(shell: Shell) -> list[Path]:
    return sorted((shell.home / "pictures").iterdir())


def test_a_pipe_gets_a_markdown_line_and_the_file_has_a_readable_name(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    ended = signed(*ASK, "Нарисуй кота")
    (path,) = saved(signed)
    assert ended.out == f"Вот кот.\n\n![{path.stem}]({path})\n"
    assert (ended.code, path.read_bytes()) == (0, JPEG)
    assert path.name.endswith("нарисуй-кота.jpg")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_terminal_is_told_the_path_on_stderr(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    ended = signed(*ASK, "Нарисуй кота", screen=True)
    (path,) = saved(signed)
    assert f"saved as {path}" in ended.err
    assert str(path) not in ended.out
    assert "<img" not in ended.text


def test_output_with_the_name_of_a_picture_is_the_picture(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    ended = signed(*ASK, "Нарисуй кота", "-O", "cat.jpg")
    assert (signed.cwd / "cat.jpg").read_bytes() == JPEG
    assert ended.out.startswith("Вот кот.\n")
    assert not (signed.home / "pictures").exists()


def test_a_picture_whose_place_cannot_be_written_is_kept_beside_the_history(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    (signed.cwd / "cat.jpg").symlink_to("/proc/nowhere.jpg")
    ended = signed(*ASK, "Нарисуй кота", "-O", "cat.jpg")
    (path,) = saved(signed)
    assert (ended.code, path.read_bytes()) == (3, JPEG)
    assert f"it was saved as {path} instead" in ended.err


def test_output_without_a_picture_is_nothing_found(signed: Shell, server: StrictGigaChat) -> None:
    ended = signed(*ASK, "Hi", "-O", "cat.jpg")
    assert ended.code == 11
    assert "has no picture" in ended.err
    assert not (signed.cwd / "cat.jpg").exists()


def test_an_output_of_text_holds_the_line(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    assert signed(*ASK, "Нарисуй кота", "-O", "answer.md").code == 0
    (path,) = saved(signed)
    assert (signed.cwd / "answer.md").read_text() == f"Вот кот.\n\n![{path.stem}]({path})\n"


def test_json_names_the_pictures(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    said = json.loads(signed(*ASK, "Нарисуй кота", "--json").out)
    (path,) = saved(signed)
    wanted = {"path": str(path), "media_type": "image/jpeg", "size": len(JPEG)}
    assert (said["text"], said["images"]) == ("Вот кот.", [wanted])
    server.answer = server.drawing()
    lines = signed(*ASK, "Нарисуй кота", "--jsonl").out.splitlines()
    events = [json.loads(line) for line in lines]
    (event,) = [e for e in events if e["type"] == "image"]
    assert event["path"] == str(saved(signed)[1] if saved(signed)[0] == path else saved(signed)[0])


def test_an_answer_without_a_picture_has_no_such_key(signed: Shell) -> None:
    assert "images" not in json.loads(signed(*ASK, "Hi", "--json").out)


def test_make_it_blue_goes_on_from_the_kept_state(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    signed(*ASK, "Нарисуй кота")
    server.answer = server.drawing("", " Синий.")
    ended = signed("ask", "-c", "Сделай его синим")
    assert ended.code == 0
    body = server.to(CHAT)[1].json
    _, answer, _ = body["messages"]
    assert answer["functions_state_id"] in server.states
    assert answer["content"] == f'<img src="{next(iter(server.files))}" fuse="true"/>Вот кот.'
    assert body["function_call"] == "auto"
    assert len(saved(signed)) == 2


def test_the_history_shows_and_exports_the_picture(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing("", "")
    signed(*ASK, "Нарисуй кота")
    (path,) = saved(signed)
    assert f"({path})" in signed("history", "show", "last").out
    (answer,) = [
        m
        for m in json.loads(signed("history", "show", "last", "--json").out)["messages"]
        if m["role"] == "assistant"
    ]
    assert answer["attachments"][0]["name"] == str(path)
    assert "functions_state_id" in answer["memory"]


@pytest.mark.parametrize("flag", [("--no-stream",), ()])
def test_the_tag_is_seen_nowhere(
    signed: Shell, server: StrictGigaChat, flag: tuple[str, ...]
) -> None:
    server.answer = server.drawing("Смотри: ", " готово")
    ended = signed(*ASK, "Нарисуй кота", *flag)
    assert "<img" not in ended.text
    assert "fuse" not in ended.text + signed("history", "show", "last").text


def test_a_terminal_that_shows_pictures_gets_one(signed: Shell, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    signed.environ["TERM_PROGRAM"] = "iTerm.app"
    signed.environ["TERM"] = "xterm-256color"
    assert "\x1b]1337;File=inline=1" in signed(*ASK, "Нарисуй кота", screen=True).out
    signed.environ["LLMCHAT_SHOW_PICTURES"] = "off"
    server.answer = server.drawing()
    assert "1337" not in signed(*ASK, "Нарисуй кота", screen=True).out
