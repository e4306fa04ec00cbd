"""The models that are listed: a service's own list comes when a client asks for it."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

from tests.serve.serving import Serving, serving
from tests.serve.test_gates import over
from tests.servers.crowd import Crowd

LIST = json.dumps({"object": "list", "data": [{"id": "m-1", "object": "model"}, {"id": "m-2"}]})


def ids(running: Serving) -> list[str]:
    return [row["id"] for row in running.ask("/v1/models").json["data"]]


def test_half_a_character_in_a_name_does_no_harm(tmp_path: Path) -> None:
    crowd = Crowd(page=json.dumps({"data": [{"id": "half \ud83d"}, {"id": "m-1"}]}))
    with crowd.running(), over(tmp_path, crowd) as running:
        assert {"openai/half ?", "openai/m-1"} <= set(ids(running))


def test_a_slash_after_the_address_of_the_list_changes_nothing(demo: Serving) -> None:
    assert demo.ask("/v1/models/").json == demo.ask("/v1/models").json


def test_a_list_that_nobody_fetched_is_fetched_once(tmp_path: Path) -> None:
    crowd = Crowd(page=LIST)
    with crowd.running(), over(tmp_path, crowd) as running:
        running.chat()
        assert crowd.pages_read == 0
        assert {"openai/m-1", "openai/m-2"} <= set(ids(running))
        assert running.ask("/v1/models/openai/m-2").status == 200
        assert running.chat(model="m-2").status == 200
        assert crowd.bodies[-1]["model"] == "m-2"
        assert crowd.pages_read == 1


def test_a_list_that_was_kept_is_fetched_by_nobody(tmp_path: Path) -> None:
    crowd = Crowd(page=LIST)
    with crowd.running():
        for _ in range(2):
            with over(tmp_path, crowd) as running:
                assert "openai/m-1" in ids(running)
        assert crowd.pages_read == 1


def test_a_service_that_does_not_answer_is_listed_with_its_default(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        more = {"OPENAI_BASE_URL": f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"}
        home = tmp_path / "home"
        with serving(
            home, OPENAI_API_KEY="sk-test", LLMCHAT_OPENAI_MODEL="mine", **more
        ) as running:
            began = time.monotonic()
            assert ids(running) == ["default", "auto", "openai/mine", "demo/demo"]
            assert 2 < time.monotonic() - began < 20


def test_a_service_that_gives_no_list_is_not_asked_again_at_once(tmp_path: Path) -> None:
    crowd = Crowd(page="not a list")
    with crowd.running(), over(tmp_path, crowd) as running:
        assert ids(running) == ids(running) == ["default", "auto", "openai/m"]
        assert crowd.pages_read == 1


def test_nobody_without_a_key_of_ours_is_asked(tmp_path: Path) -> None:
    crowd = Crowd(page=LIST)
    with crowd.running():
        given = ("-p", "openai", "--allow-keyless", "yqcloud")
        with serving(tmp_path / "home", *given, OPENAI_BASE_URL=crowd.url) as running:
            assert "yqcloud" in " ".join(ids(running))
        assert crowd.pages_read == 0


def test_the_default_falls_back_as_a_question_of_ask_does(tmp_path: Path) -> None:
    crowd = Crowd(lambda *_: "500")
    more = {"LLMCHAT_PROVIDER": "openai", "LLMCHAT_FALLBACK": "demo", "LLMCHAT_RETRIES": "0"}
    with (
        crowd.running(),
        serving(
            tmp_path / "home", OPENAI_BASE_URL=crowd.url, OPENAI_API_KEY="sk-test",
            LLMCHAT_OPENAI_MODEL="m", **more,
        ) as running,
    ):  # fmt: skip
        assert "You asked" in running.chat().json["choices"][0]["message"]["content"]
        assert len(crowd.bodies) == 1
