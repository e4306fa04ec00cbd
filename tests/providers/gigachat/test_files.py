"""Files up and down: what one request may carry, pictures of an answer, and what stays there."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from llmchat.errors import (
    AuthError,
    BadRequest,
    IncompleteAnswer,
    LlmchatError,
    NothingFound,
)
from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.files import check_limits, wire_type
from llmchat.providers.gigachat.frames import with_tags
from llmchat.providers.gigachat.functions.built_in import asks_for_picture
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Event, Finish, Image, Notice, Stage
from llmchat.values.messages import Attachment, Message, Request
from tests.servers.gigachat import (
    ANSWER,
    CHAT,
    DONE,
    FILES,
    JPEG,
    Canned,
    StrictGigaChat,
    frame,
    refusal,
)

OFFICE = "application/vnd.openxmlformats-officedocument."
TEXT = Attachment("notes.txt", "text/plain", b"notes")
PDF = Attachment("paper.pdf", "application/pdf", b"%PDF-1.7")


def picture(name: str) -> Attachment:
    return Attachment(f"{name}.png", "image/png", b"\x89PNG " + os.fsencode(name))


@pytest.fixture
async def gigachat(endpoint: Endpoint) -> AsyncIterator[GigaChat]:
    async with GigaChat(endpoint) as provider:
        yield provider


def question(text: str, *files: Attachment, **options: Any) -> Request:
    return Request("", (Message("user", text, files),), options=options)


async def events(provider: GigaChat, asked: Request) -> list[Event]:
    return [event async for event in provider.stream(asked)]


async def failure(provider: GigaChat, asked: Request) -> LlmchatError:
    with pytest.raises(LlmchatError) as raised:
        await events(provider, asked)
    return raised.value


def bodies(server: StrictGigaChat) -> list[Any]:
    return [asked.json for asked in server.to(CHAT)]


async def test_a_document_lets_the_service_read_it(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat, question("What is in it?", TEXT))
    assert bodies(server)[0]["function_call"] == "auto"


@pytest.mark.parametrize("options", [{"function_call": "none"}, {"functions": []}])
async def test_what_the_person_says_of_functions_is_sent_as_it_is(
    gigachat: GigaChat, server: StrictGigaChat, options: dict[str, Any]
) -> None:
    await events(gigachat, question("Нарисуй кота", **options))
    assert bodies(server)[0].get("function_call") == options.get("function_call")


async def test_several_pictures_are_spread_over_messages_in_their_order(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat, question("Compare", picture("a"), picture("b"), picture("c")))
    sent = bodies(server)[0]["messages"]
    assert [m["attachments"] for m in sent] == [[name] for name in server.files]
    assert [m["content"] for m in sent] == ["a.png", "b.png", "Compare"]
    assert list(server.files.values()) == [b"\x89PNG " + n for n in (b"a", b"b", b"c")]


async def test_a_second_document_is_refused_before_anything_is_uploaded(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    error = await failure(gigachat, question("Compare", TEXT, PDF))
    assert isinstance(error, BadRequest)
    assert "one document per request" in error.message
    assert server.asked == []


async def test_an_earlier_document_makes_room_for_a_newer_one_and_that_is_told(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    said = (Message("user", "1", (TEXT,)), Message("assistant", "ok"), Message("user", "2", (PDF,)))
    heard = await events(gigachat, Request("", said))
    sent = bodies(server)[0]["messages"]
    assert ["attachments" in m for m in sent] == [False, False, True]
    assert Notice("not sending notes.txt again: GigaChat has no room for it") in heard


def test_documents_do_not_count_towards_the_sum() -> None:
    big = 35 * 1024 * 1024
    check_limits([Attachment("t.txt", "text/plain", bytes(big)), Attachment("a", "audio/x", b"1")])
    with pytest.raises(LlmchatError, match="the files total 105 MB"):
        check_limits([Attachment("a.mp3", "audio/mpeg", bytes(big))] * 3)


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (OFFICE + "spreadsheetml.sheet", "application/vnd.ms-excel"),
        (OFFICE + "presentationml.presentation", "application/pptx"),
        ("application/epub+zip", "application/epub"),
        (OFFICE + "wordprocessingml.document", OFFICE + "wordprocessingml.document"),
        ("image/png", "image/png"),
    ],
)
async def test_media_types_go_by_the_services_own_table(
    gigachat: GigaChat, server: StrictGigaChat, kind: str, sent: str
) -> None:
    file = Attachment("file", kind, b"content")
    await events(gigachat, question("?", file))
    assert list(server.kinds.values()) == [sent] == [wire_type(file)]


async def test_an_upload_says_how_far_it_is(gigachat: GigaChat, server: StrictGigaChat) -> None:
    large = Attachment("long.txt", "text/plain", bytes(20_000_000))
    heard = await events(gigachat, question("?", large))
    assert Notice("sending long.txt") in heard
    assert server.files[next(iter(server.files))] == large.content


async def test_a_drawn_picture_comes_as_a_file_and_its_tag_is_not_said(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    heard = await events(gigachat, question("Нарисуй кота"))
    text = "".join(event.text for event in heard if isinstance(event, Delta))
    assert text == "Вот кот."
    assert [e for e in heard if isinstance(e, Image)] == [Image(JPEG, "image/jpeg")]
    assert [e.text for e in heard if isinstance(e, Stage)] == [
        "drawing a picture: 30 секунд",
        "fetching the picture",
    ]
    assert bodies(server)[0]["function_call"] == "auto"
    assert isinstance(heard[-1], Finish)


@pytest.mark.parametrize("stream", [True, False])
async def test_make_it_blue_sends_the_picture_and_its_state_back(
    gigachat: GigaChat, server: StrictGigaChat, stream: bool
) -> None:
    server.answer = server.drawing("Рисую: ", " готово")
    heard = await events(gigachat, replace(question("Нарисуй кота"), stream=stream))
    finish = heard[-1]
    assert isinstance(finish, Finish)
    text = "".join(event.text for event in heard if isinstance(event, Delta))
    said = Message("assistant", text, memory=finish.memory)
    await events(gigachat, Request("", (Message("user", "1"), said, Message("user", "blue"))))
    body, name = bodies(server)[1], next(iter(server.files))
    answer = body["messages"][1]
    assert answer["content"] == f'Рисую: <img src="{name}" fuse="true"/> готово'
    assert answer["functions_state_id"] in server.states
    assert body["function_call"] == "auto"


async def test_a_picture_alone_is_an_answer(gigachat: GigaChat, server: StrictGigaChat) -> None:
    server.answer = server.drawing("", "")
    heard = await events(gigachat, question("Нарисуй кота"))
    assert any(isinstance(event, Image) for event in heard)
    assert not any(isinstance(event, Delta) for event in heard)


async def test_a_state_of_somebodys_function_is_not_sent_back(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    call = {"name": "weather", "arguments": {"place": "Тула"}}
    server.answer = (
        frame("calling", function_call=call, functions_state_id="s")
        + frame(finish="function_call")
        + DONE
    )
    heard = await events(gigachat, question("Погода?"))
    assert isinstance(heard[-1], Finish)
    assert heard[-1].memory == {}


async def test_a_picture_that_is_denied_leaves_the_words_and_says_why(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    server.files.clear()
    error = await failure(gigachat, question("Нарисуй кота"))
    assert isinstance(error, IncompleteAnswer)
    assert "cannot fetch the picture of the answer" in error.message
    assert len(server.to(CHAT)) == 1


async def test_an_upload_that_is_denied_has_its_own_hint(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[CHAT].append(refusal(403, "Access to file 'x' is denied"))
    error = await failure(gigachat, question("?", picture("a")))
    assert isinstance(error, AuthError)
    assert (error.status, error.exit_code) == (403, 4)
    assert "upload it again" in error.hint
    await events(gigachat, question("?", picture("a")))
    assert len(server.to(FILES)) == 2


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_a_refused_upload_blames_the_file_and_no_model_or_window(
    gigachat: GigaChat, server: StrictGigaChat, status: int
) -> None:
    server.script[FILES].append(refusal(status, "not this one"))
    error = await failure(gigachat, question("?", PDF))
    assert type(error) is BadRequest
    assert error.message.startswith("cannot upload paper.pdf: ")
    assert error.message.endswith("not this one")
    assert error.hint.startswith("attach a smaller file")
    assert (error.status, server.to(CHAT)) == (status, [])


async def test_who_may_not_upload_is_not_told_to_upload_again(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.script[FILES].append(refusal(403, "Permission denied"))
    error = await failure(gigachat, question("?", PDF))
    assert error.message == "this account is not allowed to do that: Permission denied"
    assert "again" not in error.hint


async def test_nothing_stays_in_the_account_where_that_is_the_wish(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    async with GigaChat(replace(endpoint, files_keep=False)) as provider:
        server.answer = server.drawing()
        await events(provider, question("Нарисуй так же", picture("a")))
        assert server.files == {}
        server.answer = ANSWER
        await events(provider, question("?", picture("a")))
        assert server.files == {}
    assert len(server.to(FILES)) == 2


async def test_files_are_kept_by_default_listed_and_deleted(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat, question("?", picture("a")))
    (stored,) = await gigachat.stored_files()
    assert (stored.id, stored.modalities) == (next(iter(server.files)), ("image",))
    await gigachat.storage.delete(stored.id)
    with pytest.raises(NothingFound):
        await gigachat.storage.delete(stored.id)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Нарисуй кота", True),
        ("можешь нарисовать закат?", True),
        ("Сгенерируй красивое изображение кота", True),
        ("Draw a cat", True),
        ("generate an image of a cat", True),
        ("Сколько будет 2+2?", False),
        ("Write a function that draws a line", False),
        ("Почему небо голубое?", False),
    ],
)
def test_a_picture_is_asked_for_in_words(text: str, asks: bool) -> None:
    assert asks_for_picture((Message("user", text),)) is asks


@pytest.mark.parametrize(("pictures", "sent"), [("auto", "auto"), ("off", None)])
async def test_the_setting_decides_for_every_question(
    endpoint: Endpoint, server: StrictGigaChat, pictures: Any, sent: str | None
) -> None:
    async with GigaChat(replace(endpoint, pictures=pictures)) as provider:
        await events(provider, question("Нарисуй кота" if sent is None else "Hi"))
    assert bodies(server)[0].get("function_call") == sent


def test_a_foreign_memory_does_not_break_an_answer() -> None:
    assert with_tags("text", "no json") == with_tags("text", '{"a": 1}') == "text"
    assert with_tags("text", "[" * 100_000) == with_tags("text", '[[1e999, "x"]]') == "text"
    assert with_tags("ab", json.dumps([[1, "<x>"], [9, "<y>"]])) == "a<x>b<y>"


async def test_a_running_tool_may_be_silent_longer_than_words(
    endpoint: Endpoint, server: StrictGigaChat
) -> None:
    """A picture takes a minute, a model several; the deadlines of words do not end them."""
    impatient = replace(endpoint.deadlines, stall=0.2, first_token=0.4, content=0.4)
    server.answer = frame("...", role="function_in_progress", name="text2image") + ANSWER
    server.pause = 0.7
    async with GigaChat(replace(endpoint, deadlines=impatient)) as provider:
        await provider.tokens.token()
        heard: list[Event] = []
        with suppress(LlmchatError):  # the words themselves are too slow again
            async for event in provider.stream(question("Нарисуй кота")):
                heard.append(event)
    assert any(isinstance(event, Delta) for event in heard)


async def test_a_picture_that_is_gone_is_not_taken_for_an_unknown_model(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    server.answer = server.drawing("", "")
    place = f"{FILES}/{next(iter(server.files))}/content"
    server.script[place].append(refusal(404, "No such file"))
    error = await failure(gigachat, question("Нарисуй кота"))
    assert "refers to a missing picture" in error.message
    assert len(server.to(CHAT)) == 1


@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b'{"status":500,"message":"x"}'])
async def test_what_comes_in_place_of_a_picture_is_none(
    gigachat: GigaChat, server: StrictGigaChat, body: bytes
) -> None:
    server.answer = server.drawing("", "")
    server.script[f"{FILES}/{next(iter(server.files))}/content"].append(Canned(body=body))
    error = await failure(gigachat, question("Нарисуй кота"))
    assert isinstance(error, IncompleteAnswer)
    assert "cannot fetch the picture of the answer" in error.message
    assert len(server.to(CHAT)) == 1


@pytest.mark.parametrize("status", [429, 500])
async def test_an_upload_is_repeated_as_a_question_is(
    endpoint: Endpoint, server: StrictGigaChat, status: int
) -> None:
    server.script[FILES].append(refusal(status, "busy", Retry_After="0"))
    async with GigaChat(replace(endpoint, retries=1)) as provider:
        heard = await events(provider, question("?", picture("a")))
    assert Delta("вет!") in heard
    assert [e.text for e in heard if type(e) is Notice][1].endswith("busy; retrying in 0.0 s")
    assert (len(server.to(FILES)), len(server.to(CHAT))) == (2, 1)


@pytest.mark.parametrize("status", [429, 500])
async def test_a_picture_is_fetched_again_and_drawn_once(
    endpoint: Endpoint, server: StrictGigaChat, status: int
) -> None:
    server.answer = server.drawing("", "")
    place = f"{FILES}/{next(iter(server.files))}/content"
    server.script[place].append(refusal(status, "busy", Retry_After="0"))
    async with GigaChat(replace(endpoint, retries=1)) as provider:
        heard = await events(provider, question("Нарисуй кота"))
    assert Image(JPEG, "image/jpeg") in heard
    assert (len(server.to(place)), len(server.to(CHAT))) == (2, 1)


@pytest.mark.parametrize("words", ["", "Вот кот."])
async def test_a_picture_that_does_not_come_stays_and_its_place_is_told(
    endpoint: Endpoint, server: StrictGigaChat, words: str
) -> None:
    server.answer = server.drawing("", words)
    (name,) = server.files
    server.script[f"{FILES}/{name}/content"].append(refusal(500, "broken"))
    async with GigaChat(replace(endpoint, files_keep=False)) as provider:
        error = await failure(provider, question("Нарисуй кота"))
    assert isinstance(error, IncompleteAnswer)
    assert error.message.endswith("the service is unavailable: broken")
    assert f"llmchat files gigachat get {name} -O FILE" in error.hint
    assert list(server.files) == [name]


async def test_a_file_whose_name_is_not_utf8_is_uploaded(
    gigachat: GigaChat, server: StrictGigaChat
) -> None:
    await events(gigachat, question("?", picture(os.fsdecode("кот".encode("cp1251")))))
    assert b'filename="???.png"' in server.to(FILES)[0].body
