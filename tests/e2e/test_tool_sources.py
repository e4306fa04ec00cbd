"""Every kind of tool behind both wires: an MCP server, a command, a function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.gigachat.conftest import environment
from tests.e2e.shell import Result, Shell
from tests.servers.fixtures import authority, ca_file, server
from tests.servers.gigachat import KEY, StrictGigaChat
from tests.servers.tool_model import GigaChatModel, OpenAIModel, Said, calls, play, results, says
from tests.servers.tool_rules import Wire
from tests.tools.conftest import scripted
from tests.tools.processes import none_alive, pids

__all__ = ["authority", "ca_file", "server"]

COMMAND = """#!/bin/sh
read arguments
echo "sunny, for $arguments"
"""
FLAGS = (
    *("-T", "own/echo", "--allow", "own/echo"),
    *("-T", "weather", "--allow", "weather"),
    *("-T", "t.py:twice", "--allow", "twice"),
)
WEATHER, TWICE = ("weather", {"city": "Oslo"}), ("twice", {"n": 21})


def furnished(home: Path) -> None:
    """A home with one tool of each kind."""
    script = home / "weather.sh"
    script.write_text(COMMAND)
    script.chmod(0o755)
    (home / "t.py").write_text('def twice(n: int) -> int:\n    """Doubles."""\n    return 2 * n\n')
    config = home / "config.toml"
    own = "[tools.own]\n" + scripted(f"pids={home / 'pids'}")
    table = f'type = "command"\ncommand = "{script}"\nparameters = {{ city = "string" }}\n'
    config.write_text(f"{own}\n[tools.weather]\n{table}")
    config.chmod(0o600)


def quoting(body: Any) -> Said:
    return says(" | ".join(results(body)))


@pytest.fixture
def furnished_shell(shell: Shell) -> Iterator[Shell]:
    furnished(shell.home)
    yield shell
    assert none_alive(pids(shell.home / "pids"))


def echoed(body: Any) -> str:
    """The model's name for the server's tool."""
    names = [tool["function"]["name"] for tool in body["tools"]]
    return str(next(name for name in names if "echo" in name))


def three(body: Any) -> Said:
    return calls((echoed(body), {"text": "hé"}), WEATHER, TWICE)


def test_three_kinds_of_tools_in_one_round_behind_openai(furnished_shell: Shell) -> None:
    with OpenAIModel(three, quoting).running() as model:
        env = {"LLMCHAT_VLLM_BASE_URL": model.url, "LLMCHAT_PROVIDER": "vllm"}
        done = furnished_shell.ask(*FLAGS, "hi", env=env)
        assert (done.code, model.refused) == (0, []), done.err
        for word in ("hé", 'sunny, for {"city": "Oslo"}', "42"):
            assert word in done.out
        shown = furnished_shell.run("history", "show", "last").out
        assert [f"`{label}`" in shown for label in ("own/echo", "weather", "twice")] == [True] * 3
        again = furnished_shell.ask(*FLAGS, "-c", "more", env=env)
        assert (again.code, model.refused) == (0, [])


ROUNDS = (
    Said("", (TWICE,), "thinking one"),
    Said("Hm.", (TWICE,), "two"),
    Said("42", (), "three"),
    Said("again 42", (), "four"),
)
WIRES = {
    "deepseek": Wire(thinks=True),
    "gemini": Wire(signs=True),
    "mistral": Wire(nine=True),
    "ollama": Wire(index="zero", arguments="object"),
    "vllm": Wire(ids=False),
}


@pytest.mark.parametrize("name", WIRES)
def test_a_later_question_gives_back_what_each_service_insists_on(shell: Shell, name: str) -> None:
    """Thoughts, signatures and ids of every round, out of the history and in another process."""
    furnished(shell.home)
    argv = ("-p", name, "-m", "tool-model", "-T", "t.py:twice", "--allow", "twice")
    with OpenAIModel(*ROUNDS, wire=WIRES[name]).running() as model:
        stem = f"LLMCHAT_{name.upper()}"
        env = {f"{stem}_BASE_URL": model.url, f"{stem}_API_KEY": "sk-0123456789abcdef"}
        assert shell.ask(*argv, "hi", env=env).out == "Hm.\n\n42\n"
        assert shell.ask(*argv, "-c", "more", env=env).out == "again 42\n"
    assert (len(model.asked), model.refused) == (4, [])


def giga(server: StrictGigaChat, shell: Shell, *argv: str) -> Result:
    env = {**environment(server, shell.home), "GIGACHAT_CREDENTIALS": KEY}
    return shell.ask("-p", "gigachat", *argv, env={**env, "HOME": str(shell.home)})


def test_three_kinds_of_tools_in_three_rounds_behind_gigachat(
    furnished_shell: Shell, server: StrictGigaChat
) -> None:
    """It has one call a message; its state goes back with each."""

    def first(body: Any) -> Said:
        name = next(f["name"] for f in body["functions"] if "echo" in f["name"])
        return calls((name, {"text": "hé"}))

    model: GigaChatModel = play(server, first, calls(WEATHER), calls(TWICE), quoting)
    done = giga(server, furnished_shell, *FLAGS, "--json", "hi")
    answer = json.loads(done.out)
    assert done.code == 0, done.err
    assert [c["outcome"] for c in answer["tool_calls"]] == ["ok"] * 3
    assert [c["round"] for c in answer["tool_calls"]] == [1, 2, 3]
    for word in ("sunny", "42"):
        assert word in answer["text"]
    states = [m.get("functions_state_id") for m in model.asked[-1]["messages"]]
    assert len(set(filter(None, states))) == 3
    again = giga(server, furnished_shell, *FLAGS, "-c", "more")
    assert again.code == 0, again.err


def test_gigachat_is_told_of_a_failure_and_of_the_round_limit(
    furnished_shell: Shell, server: StrictGigaChat
) -> None:
    model = play(server, calls(("twice", {"n": "no number"})))
    argv = ("-T", "t.py:twice", "--allow", "twice", "--max-rounds", "2")
    done = giga(server, furnished_shell, *argv, "hi")
    assert done.code == 10, done.err
    assert len(model.asked) == 3
    assert len(results(model.asked[-1])) == 2


def test_a_server_that_does_not_start_is_exit_3(shell: Shell) -> None:
    config = shell.home / "config.toml"
    config.write_text('[tools.broken]\ncommand = "sh"\nargs = ["-c", "exit 3"]\n')
    config.chmod(0o600)
    with OpenAIModel(says("hi")).running() as model:
        env = {"LLMCHAT_VLLM_BASE_URL": model.url, "LLMCHAT_PROVIDER": "vllm"}
        done = shell.ask("-T", "broken", "--json", "hi", env=env)
    assert (done.code, model.asked) == (3, [])
    assert json.loads(done.out)["error"]["kind"] == "tool_server"
    assert shell.history() == []
