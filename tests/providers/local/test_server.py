"""The process of a model: loaded once, noted, ended; what it says when it cannot be loaded."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from llmchat.errors import ConfigError, IncompleteAnswer, LlmchatError
from llmchat.providers.local.hardware import MachineMemory
from llmchat.providers.local.machine import Machine
from llmchat.providers.local.service import Local
from llmchat.providers.local.state import ModelSlot, RunningModel, slots
from llmchat.values.endpoint import Endpoint, Loading
from llmchat.values.events import Delta, Finish, Stage
from llmchat.values.messages import Message, Request
from tests.servers.dialogues import DIALOGUES
from tests.servers.gguf import write_model
from tests.servers.scripted import serving

LLAMA = Path(__file__).parents[2] / "servers" / "llama"
PATIENCE = 60.0


def installed() -> bool:
    return True


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a stand-in for llama.cpp and without real models."""
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(LLAMA), *filter(os.path.isabs, sys.path)]),
        "OPENAI_API_KEY": "sk-canary",
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
    }
    write_model(tmp_path / "models" / "small.gguf")
    return Machine(
        tmp_path / "models", tmp_path / "local", tmp_path, None, environ, installed=installed
    )


@asynccontextmanager
async def local(machine: Machine, **loading: object) -> AsyncIterator[Local]:
    given = Loading(**{"keep_alive": 60, **loading})  # type: ignore[arg-type]
    provider = Local(Endpoint(retries=0, loading=given), machine=machine)
    try:
        async with provider:
            yield provider
    finally:
        for slot in slots(machine.state):
            slot.forget()


async def said(provider: Local, text: str = "Hi", model: str = "") -> str:
    request = Request(model, (Message("user", text),))
    async with aclosing(provider.stream(request)) as events:
        return "".join([e.text async for e in events if isinstance(e, Delta)])


async def failed(provider: Local, model: str = "") -> LlmchatError:
    with pytest.raises(LlmchatError) as caught:
        await said(provider, model=model)
    return caught.value


def loads(machine: Machine) -> list[str]:
    path = machine.models / "loads"
    return path.read_text().splitlines() if path.exists() else []


def running(machine: Machine) -> list[RunningModel]:
    return [noted for noted in (slot.running() for slot in slots(machine.state)) if noted]


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happens"
        await asyncio.sleep(0.02)


async def until_ended(machine: Machine, slot: ModelSlot) -> float:
    """Waits until it has ended; returns the seconds."""
    begin = time.monotonic()
    await until(lambda: not slot.is_held())
    return time.monotonic() - begin


def only_slot(machine: Machine) -> ModelSlot:
    (slot,) = slots(machine.state)
    return slot


async def test_a_model_is_loaded_once_and_answers_again_and_for_others(machine: Machine) -> None:
    async with local(machine) as mine, local(machine) as other:
        assert await said(mine, "one") == "You said: one"
        assert await said(mine, "two") == "You said: two"
        assert await said(other, "three") == "You said: three"
    assert len(loads(machine)) == 1


async def test_the_first_question_says_that_it_loads(machine: Machine) -> None:
    request = Request("", (Message("user", "Hi"),))
    async with local(machine) as provider:
        events = [event async for event in provider.stream(request)]
        again = [event async for event in provider.stream(request)]
    stages = [event.text for event in events if isinstance(event, Stage)]
    assert stages[0] == "loading small"
    assert [event for event in again if isinstance(event, Stage)] == []
    finish = next(event for event in events if isinstance(event, Finish))
    assert finish.model == "small"


async def test_several_at_once_share_one_load(machine: Machine) -> None:
    write_model(machine.models / "small.gguf", general__name="loads-slowly")
    others = [Local(Endpoint(loading=Loading()), machine=machine) for _ in range(5)]
    async with local(machine):
        answers = await asyncio.gather(*(said(one) for one in others))
        for one in others:
            await one.aclose()
        assert answers == ["You said: Hi"] * 5
        assert len(loads(machine)) == 1


def told_by_kernel(pid: int) -> str:
    """The arguments and variables of a process, according to the kernel."""
    process = Path("/proc") / str(pid)
    return "".join((process / name).read_text() for name in ("cmdline", "environ"))


async def test_the_note_is_private_and_the_key_is_not_in_the_arguments(machine: Machine) -> None:
    async with local(machine) as provider:
        await said(provider)
        (noted,) = running(machine)
        slot = only_slot(machine)
        assert slot.note.stat().st_mode & 0o777 == 0o600
        assert slot.log.stat().st_mode & 0o777 == 0o600
        assert machine.state.stat().st_mode & 0o777 == 0o700
        told = told_by_kernel(noted.pid)
        assert noted.key not in told
        assert "sk-canary" not in told  # nor any key of a service
        assert noted.address.startswith("http://127.0.0.1:")


async def test_it_ends_when_nobody_asked_for_a_while(machine: Machine) -> None:
    async with local(machine, keep_alive=0.6) as provider:
        await said(provider)
        assert 0.2 < await until_ended(machine, only_slot_of(machine)) < 30
        assert running(machine) == []
        assert await said(provider, "again") == "You said: again"


def only_slot_of(machine: Machine) -> ModelSlot:
    return next(ModelSlot(machine.state, path.stem) for path in machine.state.glob("[!.]*.lock"))


async def test_with_no_time_to_stay_it_ends_with_the_answer(machine: Machine) -> None:
    async with local(machine, keep_alive=0) as provider:
        assert await said(provider) == "You said: Hi"
        await until_ended(machine, only_slot_of(machine))


async def test_who_wants_it_gone_ends_what_another_one_started(machine: Machine) -> None:
    async with local(machine) as long, local(machine, keep_alive=0) as short:
        await said(long)
        await said(short)
        await until_ended(machine, only_slot_of(machine))


async def test_an_answer_is_not_cut_by_the_time_to_stay(machine: Machine) -> None:
    async with local(machine, keep_alive=0.1) as provider:
        text = await said(provider, "slowly " + "word " * 30)
        assert text.count("word") == 30


async def test_it_ends_when_its_folder_goes(machine: Machine) -> None:
    async with local(machine) as provider:
        await said(provider)
        (noted,) = running(machine)
        shutil.rmtree(machine.state)
        await until(lambda: not is_alive(noted.pid))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_loaded_otherwise_it_is_loaded_again(machine: Machine) -> None:
    async with local(machine) as first:
        await said(first)
        async with local(machine, context=4096, threads=3) as second:
            assert await said(second) == "You said: Hi"
    assert [line.split()[1] for line in loads(machine)] == ["16384", "8192"]  # two windows
    assert loads(machine)[1].split()[2] == "3"


async def test_a_note_whose_process_is_gone_is_not_believed(machine: Machine) -> None:
    """Whoever listens at that port now gets neither the question nor the key."""
    async with local(machine) as provider:
        await said(provider)
        (noted,) = running(machine)
        slot = only_slot(machine)
        os.kill(noted.pid, signal.SIGKILL)
        await until_ended(machine, slot)
        async with serving(DIALOGUES["openai"].script()) as stranger:
            slot.write(replace(noted, address=stranger.url))
            assert await said(provider, "secret") == "You said: secret"
            assert stranger.asked == []


async def test_killed_in_the_middle_the_answer_is_incomplete_and_says_why(
    machine: Machine,
) -> None:
    async with local(machine) as provider:
        heard: list[str] = []
        with pytest.raises(IncompleteAnswer, match=r"small ended \(signal 9\)"):
            await killed_in_the_middle(provider, machine, heard)
        assert "".join(heard).startswith("You said:")


async def killed_in_the_middle(provider: Local, machine: Machine, heard: list[str]) -> None:
    request = Request("", (Message("user", "slowly " + "word " * 200),))
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            if isinstance(event, Delta):
                heard.append(event.text)
            if len(heard) == 2:
                (noted,) = running(machine)
                os.kill(noted.pid, signal.SIGKILL)


async def test_one_that_dies_while_it_loads_leaves_its_last_words(machine: Machine) -> None:
    path = write_model(machine.models / "bad.gguf", general__name="dies-at-once")
    async with local(machine) as provider:
        error = await failed(provider, str(path))
    assert (error.kind, error.exit_code) == ("model_ended", 8)
    assert "exit code 7" in error.message
    assert "the last words of a model" in error.message
    assert error.reached_nobody


async def test_an_architecture_that_llama_does_not_know_is_named(machine: Machine) -> None:
    path = write_model(machine.models / "new.gguf", general__name="nowhere")
    async with local(machine) as provider:
        error = await failed(provider, str(path))
    assert (error.kind, error.exit_code) == ("model_file", 3)
    assert "does not know: nowhere" in error.message


async def test_a_port_that_cannot_be_had_is_a_fault_of_the_network(machine: Machine) -> None:
    path = write_model(machine.models / "deaf.gguf", general__name="cannot-listen")
    async with local(machine) as provider:
        error = await failed(provider, str(path))
    assert (error.kind, error.exit_code) == ("network", 5)
    assert "127.0.0.1" in error.message


async def test_what_does_not_fit_is_said_and_not_loaded(machine: Machine) -> None:
    tight = replace(machine, memory=lambda: MachineMemory(total=None, free=1_000_000))
    async with local(tight) as provider:
        error = await failed(provider)
    assert (error.kind, error.exit_code) == ("memory", 3)
    assert "1 MB is free" in error.message
    assert loads(machine) == []


async def test_without_the_extra_the_command_that_installs_it_is_told(machine: Machine) -> None:
    async with local(replace(machine, installed=lambda: False)) as provider:
        error = await failed(provider)
    assert isinstance(error, ConfigError)
    assert error.hint == "pip install 'llmchat-cli[local]'"


async def test_a_damaged_file_starts_nothing(machine: Machine) -> None:
    (machine.models / "small.gguf").write_bytes(b"GGUF\3\0\0\0")
    async with local(machine) as provider:
        error = await failed(provider, "small")
    assert error.kind == "model_file"
    assert list(slots(machine.state)) == []


async def test_stopped_while_it_loads_nothing_is_left(machine: Machine) -> None:
    write_model(machine.models / "small.gguf", general__name="loads-slowly")
    async with local(machine) as provider:
        asking = asyncio.create_task(said(provider))
        await until(lambda: list(machine.state.glob("[!.]*.lock")))
        slot = only_slot_of(machine)
        await until(slot.is_held)
        asking.cancel()
        await asyncio.wait({asking})
        await until(lambda: not slot.is_held())
    assert loads(machine) == []


async def test_a_text_is_embedded_by_a_process_of_its_own(machine: Machine) -> None:
    async with local(machine) as provider:
        found = await provider.embed(["ab", "abcd"])
        assert found.rows == ((2.0, 0.5), (4.0, 0.5))
        assert await said(provider) == "You said: Hi"
    assert len(loads(machine)) == 2


async def test_a_wrong_key_is_refused(machine: Machine) -> None:
    import httpx

    async with local(machine) as provider, httpx.AsyncClient(trust_env=False) as client:
        await said(provider)
        (noted,) = running(machine)
        url = f"{noted.address}/v1/chat/completions"
        body = json.dumps({"messages": [{"role": "user", "content": "Hi"}]})
        for key in ("", "Bearer wrong"):
            reply = await client.post(url, content=body, headers={"Authorization": key})
            assert reply.status_code == 401


async def test_a_blob_of_another_program_is_loaded_by_its_name_there(machine: Machine) -> None:
    """Its file has no suffix."""
    store = machine.cwd / "store"
    write_model(store / "blobs" / f"sha256-{'a' * 64}")
    manifest = store / "manifests" / "registry.ollama.ai" / "library" / "tiny" / "1b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'a' * 64}"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    theirs = replace(machine, environ={**machine.environ, "OLLAMA_MODELS": str(store)})
    async with local(theirs) as provider:
        assert await said(provider, model="tiny:1b") == "You said: Hi"
        assert [noted.name for noted in running(machine)] == ["tiny:1b"]
