"""What people point at the server, as it is installed today: OpenAI's library, llm, langchain and
litellm, over a strict GigaChat and `demo`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve.environments import PERSON, environment, over_gigachat, told
from tests.serve.serving import KEY, Serving
from tests.serve.test_answers import asked, gigachat
from tests.servers.gigachat import StrictGigaChat

pytestmark = pytest.mark.slow

DOCS = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")
GREETING = ["Привет!", "stop", 20]
ROUND = ["weather", {"city": "Perm"}, "It is +20."]
VECTORS = [[2.0, 0.5], [1.0, 0.5]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, StrictGigaChat]]:
    with over_gigachat(tmp_path_factory.mktemp("gigachat")) as (running, server, _):
        yield running, server


@pytest.fixture(scope="module")
def running(both: tuple[Serving, StrictGigaChat]) -> Serving:
    return both[0]


@pytest.fixture(scope="module")
def ask_says(
    both: tuple[Serving, StrictGigaChat], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The answer of `llmchat ask` to the same question."""
    home, more = tmp_path_factory.mktemp("ask"), gigachat(both[1])
    return {name: asked(home, "-p", name, "Привет", **more) for name in ("gigachat", "demo")}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All in one environment, which takes a fourth of the time: they need the same packages."""
    wanted = ("openai", "pydantic", "langchain-openai", "litellm", "llm")
    return environment(tmp_path_factory.mktemp("clients") / "venv", *wanted)


@pytest.fixture(scope="module")
def openai(running: Serving, programs: Path) -> Any:
    return told(programs, "with_openai.py", running)


@pytest.fixture(scope="module")
def langchain(running: Serving, programs: Path) -> Any:
    return told(programs, "with_langchain.py", running)


@pytest.fixture(scope="module")
def litellm(running: Serving, programs: Path) -> Any:
    return told(programs, "with_litellm.py", running)


@pytest.mark.parametrize("trial", ["chat", "chat_streamed"])
def test_openai_gets_text_finish_and_usage(openai: Any, trial: str) -> None:
    assert openai[trial] == GREETING


def test_openai_gets_what_ask_says(openai: Any, ask_says: dict[str, str]) -> None:
    assert openai["chat"][0].rstrip() == ask_says["gigachat"].rstrip()
    assert openai["demo"][0].rstrip() == ask_says["demo"].rstrip()
    assert openai["demo_streamed"] == openai["demo"][0]


def test_openai_lists_the_models(openai: Any) -> None:
    assert {"default", "auto", "gigachat/GigaChat-2", "demo/demo"} <= set(openai["models"])
    assert openai["one_model"] == "gigachat/GigaChat-2"


def test_openai_makes_a_whole_round_of_a_call(openai: Any) -> None:
    assert openai["tools"] == ["tool_calls", *ROUND, "stop"]
    assert openai["tools_streamed"] == ["tool_calls", *ROUND[:2], True]


def test_openai_forces_and_forbids_a_call(openai: Any) -> None:
    assert (openai["tool_forced"], openai["tool_forbidden"]) == ("weather", "Привет!")


def test_openai_parses_a_model_of_pydantic(openai: Any) -> None:
    assert openai["parse"] == openai["json_object"] == PERSON


def test_openai_embeds(openai: Any) -> None:
    assert openai["vectors"] == [VECTORS, 4]


def test_openai_reads_the_raw_response(openai: Any) -> None:
    assert openai["raw"] == [200, "application/json", "stop"]


def test_openai_may_send_fields_that_a_service_refuses(openai: Any) -> None:
    assert openai["everything_accepted"] == "Привет!"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("no such model", ["NotFoundError", 404, "model_not_found"]),
        ("no such model of ours", ["NotFoundError", 404, "model_not_found"]),
        ("wrong key", ["AuthenticationError", 401, "invalid_api_key"]),
        ("no messages", ["BadRequestError", 400, "usage"]),
        ("tokens", ["BadRequestError", 400, "usage"]),
        ("no vectors", ["BadRequestError", 400, "bad_request"]),
        ("no such address", ["NotFoundError", 404, "not_found"]),
    ],
)
def test_openai_raises_its_own_classes(openai: Any, fault: str, told: Any) -> None:
    assert openai["errors"][fault] == told


def test_langchain_asks_and_streams(langchain: Any, ask_says: dict[str, str]) -> None:
    assert langchain["invoke"] == GREETING
    assert langchain["stream"] == "Привет!"
    assert langchain["demo"].rstrip() == ask_says["demo"].rstrip()


def test_langchain_binds_tools(langchain: Any) -> None:
    assert langchain["tools"] == ROUND
    assert langchain["tools_streamed"] == [ROUND[:2]]


@pytest.mark.parametrize("way", ["structured", "structured_by_call", "structured_by_mode"])
def test_langchain_gets_structures_in_each_way(langchain: Any, way: str) -> None:
    assert langchain[way] == PERSON


def test_langchain_embeds_texts_and_is_told_why_not_tokens(langchain: Any) -> None:
    assert langchain["embeddings"] == VECTORS
    assert "check_embedding_ctx_length=False" in langchain["embeddings_as_tokens"]


def test_litellm_asks_and_streams(litellm: Any, ask_says: dict[str, str]) -> None:
    assert litellm["completion"] == GREETING
    assert litellm["stream"] == litellm["default"] == "Привет!"
    assert litellm["demo"].rstrip() == ask_says["demo"].rstrip()


def test_litellm_calls_tools_and_embeds(litellm: Any) -> None:
    assert litellm["tools"] == ROUND
    assert litellm["embeddings"] == VECTORS


def test_litellm_raises_its_own_classes(litellm: Any) -> None:
    assert litellm["unknown_model"] == ["NotFoundError", 404]
    assert litellm["wrong_key"] == ["AuthenticationError", 401]


class Llm:
    """The command line of `llm` with the models of a YAML text."""

    def __init__(self, program: Path, folder: Path, models: str) -> None:
        self.program = program
        self.environ = {**os.environ, "LLM_USER_PATH": str(folder), "HOME": str(folder)}
        (folder / "extra-openai-models.yaml").write_text(models, "utf-8")
        self("keys", "set", "llmchat", "--value", KEY)

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [str(self.program), *words], env=self.environ, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def llm(running: Serving, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Llm:
    """As the page of the docs says."""
    (models,) = re.findall(r"```yaml\n(- model_id.*?)```", DOCS, re.DOTALL)
    models = models.replace("http://127.0.0.1:8642/v1", running.base)
    return Llm(programs / "llm", tmp_path_factory.mktemp("llm"), models)


def test_llm_asks_with_the_lines_of_the_docs(llm: Llm, ask_says: dict[str, str]) -> None:
    assert llm("-m", "llmchat", "Привет") == ask_says["gigachat"].strip() == "Привет!"
    assert llm("-m", "llmchat", "--no-stream", "Привет") == "Привет!"
    assert llm("-c", "again") == "Привет!"


def test_llm_asks_with_the_lines_of_the_screen(
    running: Serving, programs: Path, tmp_path: Path
) -> None:
    told = "".join(running.lines)
    (models,) = re.findall(r"^ *(- \{model_id.*?\})", told, re.DOTALL | re.MULTILINE)
    assert Llm(programs / "llm", tmp_path, models)("-m", "llmchat", "Привет") == "Привет!"


def test_llm_gets_a_schema_and_calls_functions(llm: Llm) -> None:
    assert '"Anna"' in llm("-m", "llmchat", "--schema", "name, age int", "Привет")
    function = "def weather(city: str) -> str:\n    'Weather.'\n    return '+20'"
    assert llm("-m", "llmchat", "--functions", function, "Привет") == "It is +20."


def test_the_lines_of_the_screen_ask_by_curl(running: Serving, tmp_path: Path) -> None:
    told = [line.strip() for line in running.lines]
    lines = [line for line in told if line.startswith(("export ", "curl $"))]
    assert len(lines) == 3
    listed = subprocess.run(
        ["bash", "-euc", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=True,
    ).stdout  # fmt: skip
    assert "gigachat/GigaChat-2" in listed


STREAM = """\
curl -sN "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" \
    -H "Content-Type: application/json" -d \
    '{"model": "default", "stream": true, "messages": [{"role": "user", "content": "hi"}]}' |
    sed -n 's/^data: {/{/p' | jq -rj '.choices[0].delta.content // empty'
"""


def test_a_script_of_curl_and_jq_reads_a_stream(running: Serving) -> None:
    environ = {**os.environ, "OPENAI_BASE_URL": running.base, "OPENAI_API_KEY": KEY}
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", STREAM], env=environ, capture_output=True, text=True,
        timeout=60, check=True,
    ).stdout  # fmt: skip
    assert said == "Привет!"
