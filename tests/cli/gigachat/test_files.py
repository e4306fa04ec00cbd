"""`llmchat files`, `--count`, and what the variables of other tools do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.store.ownership import no_warning
from llmchat.store.private.records import RecordFile, Records
from llmchat.store.state.uploads import MOST, Uploads
from tests.scripts.conftest import fits
from tests.servers.gigachat import (
    CHAT,
    COUNT,
    FILES,
    JPEG,
    KEY,
    MODELS,
    OAUTH,
    PERSON,
    TOKEN,
    Canned,
    StrictGigaChat,
    refusal,
)
from tests.shell import Shell

DELETE = ("files", "gigachat", "delete")
GET = ("files", "gigachat", "get")


@pytest.fixture
def signed(shell: Shell) -> Shell:
    shell.environ["GIGACHAT_CREDENTIALS"] = KEY
    return shell


@pytest.fixture
def stored(server: StrictGigaChat) -> list[str]:
    server.drawing()
    server.drawing()
    return list(server.files)


def test_files_are_listed_for_people_and_programs(signed: Shell, stored: list[str]) -> None:
    ended = signed("files", "gigachat", "list")
    assert ended.code == 0
    assert all(name in ended.out for name in stored)
    rows = json.loads(signed("files", "gigachat", "list", "--json").out)
    assert [row["id"] for row in rows] == stored
    assert fits("files-list", rows)


@pytest.mark.parametrize("moment", [10**20, 1780000000000, -(10**18)])
def test_a_file_of_an_impossible_time_is_listed_without_one(
    signed: Shell, server: StrictGigaChat, moment: int
) -> None:
    rows = {"data": [{"id": "a-file", "created_at": moment}]}
    server.script[FILES].append(Canned(body=json.dumps(rows).encode()))
    ended = signed("files", "gigachat", "list")
    assert (ended.code, "a-file" in ended.out) == (0, True)


def test_an_empty_account_is_told_beside_the_list(signed: Shell) -> None:
    ended = signed("files", "gigachat")
    assert (ended.code, ended.out) == (0, "")
    assert "there are no files in the account" in ended.err


def test_a_script_deletes_only_with_yes(
    signed: Shell, server: StrictGigaChat, stored: list[str]
) -> None:
    for what in (stored[0], "--all"):
        ended = signed(*DELETE, what)
        assert ended.code == 2
        assert "--yes" in ended.err
    assert list(server.files) == stored
    assert signed(*DELETE, stored[0][:8], "--yes").out == "Deleted 1 file.\n"
    assert list(server.files) == stored[1:]
    gone = json.loads(signed(*DELETE, "--all", "--yes", "--json").out)
    assert gone == [{"id": stored[1], "deleted": True}]
    assert server.files == {}


@pytest.mark.parametrize(("status", "left"), [(500, 1), (408, 2)])
def test_what_is_gone_is_told_when_one_file_cannot_be_deleted(
    signed: Shell, server: StrictGigaChat, stored: list[str], status: int, left: int
) -> None:
    server.drawing()
    (first, *_) = server.files
    server.script[f"{FILES}/{stored[1]}/delete"].append(refusal(status, "not now"))
    ended = signed(*DELETE, "--all", "--yes")
    assert (first in server.files, len(server.files)) == (False, left)
    assert ended.out == ("Deleted 1 file.\n" if left == 2 else "Deleted 2 files.\n")
    assert f"{left} of 3 files were not deleted" in ended.err
    assert "not now" in ended.err
    assert ended.code == {500: 8, 408: 6}[status]


def test_a_service_that_lists_no_models_is_not_said_to_list_ours(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.script[MODELS].append(Canned(body=b'{"object":"list","data":[]}'))
    ended = signed("models", "gigachat", "--refresh")
    assert (ended.code, "GigaChat-2-Max" in ended.out) == (0, True)
    assert "gigachat lists no models" in ended.err
    assert "Fetched from the service" not in ended.out


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("delete", "--yes"), 2),
        (("delete", "x", "--all", "--yes"), 2),
        (("delete", "nothing", "--yes"), 11),
        (("steal",), 2),
        (("list", "x"), 2),
    ],
)
def test_what_cannot_be_meant_is_refused(
    signed: Shell, argv: tuple[str, ...], code: int, stored: list[str], server: StrictGigaChat
) -> None:
    assert signed("files", "gigachat", *argv).code == code
    assert list(server.files) == stored


def test_an_id_that_a_script_left_empty_is_not_the_only_file(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.drawing()
    ended = signed(*DELETE, "", "--yes")
    assert (ended.code, len(server.files)) == (2, 1)
    assert "nothing selected" in ended.err


def test_other_services_keep_no_files(signed: Shell) -> None:
    assert signed("files", "demo", "list").code == 2
    assert signed("files", "nobody", "list").code in (2, 3)


def test_count_prints_what_the_service_counts_and_asks_nothing(
    signed: Shell, server: StrictGigaChat
) -> None:
    ended = signed("ask", "-p", "gigachat", "-s", "Be brief", "--count", "Hello")
    assert (ended.code, ended.out, ended.err) == (0, "13\n", "")
    assert server.to(COUNT)[0].json == {"model": "GigaChat-2", "input": ["Be brief", "Hello"]}
    assert server.to(CHAT) == []
    said = json.loads(signed("ask", "-p", "gigachat", "--count", "--json", "Hello").out)
    assert said == {"tokens": 5, "exact": True, "provider": "gigachat", "model": "GigaChat-2"}


def test_elsewhere_the_count_is_an_estimate_and_says_so(shell: Shell) -> None:
    ended = shell("ask", "-p", "demo", "--count", "Hello there")
    assert (ended.code, ended.out) == (0, "3\n")
    assert "estimated" in ended.err


def test_a_second_document_is_refused_before_any_request(
    signed: Shell, server: StrictGigaChat
) -> None:
    for name in ("a.txt", "b.txt"):
        (signed.cwd / name).write_text(name)
    ended = signed("ask", "-p", "gigachat", "-a", "a.txt", "-a", "b.txt", "Compare")
    assert ended.code == 2
    assert "1 document" in ended.err
    assert server.asked == []


def test_a_picture_that_is_too_large_for_the_account_shortens_no_conversation(
    signed: Shell, server: StrictGigaChat, tmp_path: Path
) -> None:
    ask = ("ask", "-p", "gigachat")
    for more in ((), ("-c",), ("-c",)):
        assert signed(*ask, *more, "слово " * 500).code == 0
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    server.script[FILES].append(refusal(413, "Payload too large"))
    result = signed(*ask, "-c", "-a", str(tmp_path / "a.png"), "?")
    assert result.code == 2
    assert "summarized" not in result.err
    assert not (tmp_path / "home" / "windows.json").exists()
    assert len(server.to(CHAT)) == 3


def test_an_attached_file_goes_along_again_wherever_one_is(
    signed: Shell, server: StrictGigaChat, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert signed("ask", "-p", "gigachat", "-a", "photos/a.png", "?").code == 0
    uploaded = server.to(FILES)[-1].body
    assert (b'filename="a.png"' in uploaded, bytes(tmp_path) in uploaded) == (True, False)
    result = Shell(tmp_path / "photos", signed.environ)("ask", "-c", "And its colour?")
    assert (result.code, result.err) == (0, "")
    assert "attachments" in server.to(CHAT)[-1].json["messages"][0]


@pytest.fixture
def picture(signed: Shell, server: StrictGigaChat) -> str:
    """The name of a file, which a question has brought into the account."""
    (signed.cwd / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert signed("ask", "-p", "gigachat", "-a", "a.png", "?").code == 0
    (name,) = server.files
    return name


def sent(server: StrictGigaChat) -> list[str]:
    """The files that the last request named."""
    return list(server.to(CHAT)[-1].json["messages"][0]["attachments"])


@pytest.mark.parametrize("named", [slice(8), slice(36)], ids=["beginning", "whole"])
def test_a_file_of_the_account_is_saved(
    signed: Shell, server: StrictGigaChat, stored: list[str], named: slice
) -> None:
    ended = signed(*GET, stored[0][named], "-O", "cat.jpg")
    assert (ended.code, ended.err) == (0, f"saved as {signed.cwd / 'cat.jpg'}\n")
    assert (signed.cwd / "cat.jpg").read_bytes() == JPEG
    assert len(server.to(FILES)) == (1 if named == slice(8) else 0)


def test_a_file_of_the_account_goes_into_a_pipe_unchanged(signed: Shell, stored: list[str]) -> None:
    llmchat = Path(sys.executable).parent / "llmchat"
    words = [str(llmchat), *GET, stored[0], "-O", "/dev/stdout"]
    ended = subprocess.run(
        words, env=signed.environ, cwd=signed.cwd, capture_output=True, check=True, timeout=60
    )
    assert (ended.stdout, ended.stderr) == (JPEG, b"saved as /dev/stdout\n")


def test_a_program_is_told_where_a_file_was_saved(signed: Shell, stored: list[str]) -> None:
    row = {"id": stored[0], "path": str(signed.cwd / "cat.jpg"), "size": len(JPEG)}
    assert json.loads(signed(*GET, stored[0], "-O", "cat.jpg", "--json").out) == [row]


def test_an_empty_place_to_save_at_does_not_keep_a_file_from_being_deleted(
    signed: Shell, server: StrictGigaChat, stored: list[str]
) -> None:
    assert signed(*DELETE, stored[0], "--yes", "-O", "").code == 0
    assert list(server.files) == stored[1:]


def test_a_picture_that_did_not_come_is_saved_as_its_error_says(
    signed: Shell, server: StrictGigaChat
) -> None:
    server.answer = server.drawing()
    (name,) = server.files
    server.script[f"{FILES}/{name}/content"].extend([refusal(500, "broken")] * 3)
    signed("config", "set", "retries", "0")
    asked = signed("ask", "-p", "gigachat", "Нарисуй кота")
    told = next(word for word in asked.err.split("llmchat ") if word.startswith("files"))
    assert asked.code == 10
    server.script.clear()
    assert signed(*told.split()[:-1], "cat.jpg").code == 0
    assert (signed.cwd / "cat.jpg").read_bytes() == JPEG


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        ((*GET, "4f1c2a90"), 2, "need each other"),
        ((*GET, "4f1c2a90", "-O", ""), 2, "need each other"),
        ((*DELETE, "4f1c2a90", "-O", "x"), 2, "need each other"),
        ((*GET, "-O", "x"), 2, "one ID"),
        ((*GET, "", "-O", "x"), 2, "one ID"),
        ((*GET, "a", "b", "-O", "x"), 2, "one ID"),
        ((*GET, "--all", "-O", "x"), 2, "one ID"),
        ((*GET, "4f1c2a90", "-O", "nowhere/x"), 2, "nowhere"),
        ((*GET, "4f1c2a90", "-O", "x"), 11, "no file 4f1c2a90"),
        ((*GET, "4f1c2a90-1234-4567-8901-234567890123", "-O", "x"), 4, "another key"),
    ],
)
def test_what_cannot_be_saved_leaves_no_file(
    signed: Shell, server: StrictGigaChat, argv: tuple[str, ...], code: int, said: str
) -> None:
    ended = signed(*argv)
    assert (ended.code, said in ended.err, ended.err.count("\n")) == (code, True, 2)
    assert not (signed.cwd / "x").exists()


def test_a_file_that_lies_in_the_account_is_not_uploaded_again(
    signed: Shell, server: StrictGigaChat, picture: str
) -> None:
    assert signed("ask", "-c", "And its colour?").code == 0
    (signed.cwd / "same.png").write_bytes((signed.cwd / "a.png").read_bytes())
    assert signed("ask", "-p", "gigachat", "-a", "same.png", "?").err == ""
    assert (sent(server), list(server.files)) == ([picture], [picture])
    assert len(server.to(FILES)) == 1


def test_a_file_that_was_deleted_from_the_account_is_uploaded_again(
    signed: Shell, server: StrictGigaChat, picture: str
) -> None:
    assert signed(*DELETE, picture, "--yes").code == 0
    assert signed("ask", "-c", "And its colour?").err == "sending a.png\n"
    (name,) = server.files
    assert (name != picture, sent(server)) == (True, [name])


def test_a_file_of_one_key_is_not_looked_for_with_another(
    signed: Shell, server: StrictGigaChat, picture: str
) -> None:
    other = "b3RoZXI6MGExYjJjM2QtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw"
    server.keys[other] = "GIGACHAT_API_PERS"
    signed.environ["GIGACHAT_CREDENTIALS"] = other
    assert signed("ask", "-c", "And its colour?").err == "sending a.png\n"
    assert server.to(f"{FILES}/{picture}") == []


def test_an_account_that_is_busy_is_asked_again_for_a_file(
    signed: Shell, server: StrictGigaChat, picture: str
) -> None:
    server.script[f"{FILES}/{picture}"].append(refusal(503, "busy"))
    ended = signed("ask", "-c", "And its colour?")
    assert (ended.code, "retrying in" in ended.err) == (0, True)
    assert (sent(server), list(server.files)) == ([picture], [picture])


def test_a_file_that_the_model_does_not_get_is_uploaded_again_by_the_next_run(
    signed: Shell, server: StrictGigaChat, picture: str
) -> None:
    server.script[CHAT].append(refusal(403, f"Access to file '{picture}' is denied"))
    denied = signed("ask", "-c", "And its colour?")
    assert (denied.code, "upload it again" in denied.err) == (4, True)
    assert signed("ask", "-c", "And its colour?").err == "sending a.png\n"
    assert sent(server) != [picture]


def test_where_nothing_stays_in_the_account_nothing_is_remembered(
    signed: Shell, server: StrictGigaChat
) -> None:
    signed("config", "set", "providers.gigachat.files_keep", "false")
    (signed.cwd / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert signed("ask", "-p", "gigachat", "-a", "a.png", "?").code == 0
    assert signed("ask", "-c", "And its colour?").err == "sending a.png\n"
    assert (server.files, (signed.home / "uploads.json").exists()) == ({}, False)


def test_a_question_that_is_not_saved_leaves_no_trace_of_its_file(
    signed: Shell, server: StrictGigaChat
) -> None:
    (signed.cwd / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert signed("ask", "-n", "-p", "gigachat", "-a", "a.png", "?").code == 0
    assert not (signed.home / "uploads.json").exists()


def test_what_was_uploaded_is_remembered_by_its_digest_in_a_private_file(
    signed: Shell, picture: str
) -> None:
    path = signed.home / "uploads.json"
    kept = path.read_text()
    assert (picture in kept, "a.png" in kept, KEY in kept) == (True, False, False)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{")
    ended = signed("ask", "-c", "And its colour?")
    assert (ended.code, "was damaged" in ended.err) == (0, True)


def test_the_oldest_uploads_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "own" / "uploads.json"
    rows: Records = {f"me-{n}": {"file": f"file-{n}", "when": n} for n in range(MOST, 0, -1)}
    RecordFile(path, no_warning).change(lambda _: rows)
    uploads = Uploads(path, lambda: MOST + 1.0)
    uploads.remember("me", "new", "file-new")
    assert [uploads.find("me", name) for name in ("1", "2", "new")] == ["", "file-2", "file-new"]


def test_uploads_that_cannot_be_read_or_written_cost_an_upload(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    uploads = Uploads(tmp_path / "file" / "uploads.json", lambda: 0.0)
    uploads.remember("me", "digest", "name")
    assert uploads.find("me", "digest") == ""


def test_variables_of_the_sdk_are_understood(signed: Shell, server: StrictGigaChat) -> None:
    signed.environ |= {"GIGACHAT_MODEL": "GigaChat-2-Max", "GIGACHAT_PROFANITY_CHECK": "false"}
    signed.environ |= {"GIGACHAT_MAX_RETRIES": "0", "GIGACHAT_TIMEOUT": "7"}
    server.script[CHAT].append(refusal(503, "busy"))
    assert signed("ask", "-p", "gigachat", "Hi").code == 8
    assert signed("ask", "-p", "gigachat", "Hi").code == 0
    body = server.to(CHAT)[-1].json
    assert (body["model"], body["profanity_check"]) == ("GigaChat-2-Max", False)
    assert signed("config", "get", "providers.gigachat.stall_timeout").out.startswith("7")


def test_a_ready_token_wins_over_the_key(signed: Shell, server: StrictGigaChat) -> None:
    server.tokens["eyJ-ready-canary"] = server.clock() + 60
    signed.environ["GIGACHAT_ACCESS_TOKEN"] = "eyJ-ready-canary"
    assert signed("ask", "-p", "gigachat", "Hi").out == "Привет!\n"
    assert server.to(OAUTH) == []
    server.tokens.clear()
    ended = signed("ask", "-p", "gigachat", "Hi")
    assert ended.code == 4
    assert "cannot renew it" in ended.err
    assert "canary" not in ended.text


def test_a_name_and_a_password_sign_in(shell: Shell, server: StrictGigaChat) -> None:
    shell.environ |= {"GIGACHAT_USER": "vasya", "GIGACHAT_PASSWORD": "passw0rd-canary"}
    assert shell("ask", "Hi").out == "Привет!\n"  # `auto` takes it for a sign-in
    assert server.to(TOKEN)[0].headers["Authorization"] == f"Basic {PERSON}"
    kept = "".join(f.read_text(errors="replace") for f in shell.home.rglob("*") if f.is_file())
    assert "passw0rd" not in kept
    assert shell("auth", "status").code == 0


def test_switching_verification_off_is_not_obeyed_and_told_once(
    signed: Shell, server: StrictGigaChat
) -> None:
    signed.environ["GIGACHAT_VERIFY_SSL_CERTS"] = "false"
    first, second = (signed("ask", "-p", "gigachat", "Hi") for _ in range(2))
    assert first.err.count("GIGACHAT_VERIFY_SSL_CERTS") == 1
    assert "VERIFY" not in second.err


def test_a_known_model_that_is_not_there_names_the_address(
    signed: Shell, server: StrictGigaChat
) -> None:
    ended = signed("ask", "-p", "gigachat", "-m", "GigaChat-3-Ultra", "Hi")
    assert ended.code == 2
    assert "base_url" in ended.err
    assert "https://api.giga.chat/v1" in ended.err


def test_doctor_says_that_the_older_address_is_being_retired(signed: Shell, tmp_path: Path) -> None:
    signed.environ["GIGACHAT_BASE_URL"] = "https://gigachat.devices.sberbank.ru/api/v1"
    signed.environ["HTTPS_PROXY"] = "http://127.0.0.1:9"
    ended = signed("doctor", "gigachat")
    assert "is being retired" in ended.out
    assert "base_url https://api.giga.chat/v1" in ended.out


def test_half_a_character_in_the_name_of_a_model_stops_nothing(
    signed: Shell, server: StrictGigaChat
) -> None:
    for argv in (("models", "gigachat", "--refresh"), ("auth", "gigachat", "--key-stdin")):
        server.script[MODELS].append(Canned(body=b'{"data":[{"id":"half-\\ud800"}]}'))
        ended = signed(*argv, stdin=KEY)
        assert (ended.code, "half-" in ended.out) == (0, True)


def test_the_new_form_of_the_address_serves_as_well(signed: Shell, server: StrictGigaChat) -> None:
    signed.environ["GIGACHAT_BASE_URL"] = server.base_url.replace("/api/v1", "/v1")
    assert signed("ask", "-p", "gigachat", "Hi").out == "Привет!\n"
    assert signed("models", "gigachat", "--refresh").code == 0
    assert len(server.to(MODELS)) == 1


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "a\nb"])
def test_an_id_that_cannot_be_one_is_none(signed: Shell, server: StrictGigaChat, name: str) -> None:
    server.script[FILES].append(Canned(body=json.dumps({"id": name}).encode()))
    (signed.cwd / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    ended = signed("ask", "-p", "gigachat", "-a", "a.png", "?")
    assert (ended.code, "without returning its ID" in ended.err) == (8, True)
    assert not (signed.home / "uploads.json").exists()


@pytest.mark.parametrize("status", [405, 410, 414, 422])
def test_where_files_cannot_be_looked_for_they_are_uploaded_again(
    signed: Shell, server: StrictGigaChat, picture: str, status: int
) -> None:
    server.script[f"{FILES}/{picture}"].append(refusal(status, "no such way"))
    ended = signed("ask", "-c", "And its colour?")
    assert (ended.code, ended.err) == (0, "sending a.png\n")
