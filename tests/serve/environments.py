"""Programs of others in environments of their own; without an index their tests skip."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.serve.serving import KEY, Serving, serving
from tests.serve.test_answers import gigachat
from tests.servers.gigachat import StrictGigaChat, server_context
from tests.servers.tool_model import GigaChatModel, Said, calls, play, results, says

CLIENTS = Path(__file__).parent / "clients"
INSTALLING = 300  # seconds
PERSON = {"name": "Anna", "age": 7}


def environment(folder: Path, *packages: str) -> Path:
    """Creates an environment and returns its folder of programs; uv takes a tenth of the time."""
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", "-p", sys.executable] if uv else [sys.executable, "-m", "venv"]
    install = [uv, "pip", "install", "-q", "-p", str(folder)] if uv else []
    install = install or [str(folder / "bin" / "pip"), "install", "-q"]
    for words in ([*make, str(folder)], [*install, *packages]):
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=INSTALLING, check=False
        )
        if done.returncode:
            pytest.skip(f"{' '.join(packages)}: {done.stderr.strip()[-300:]}")
    return folder / "bin"


def told(program: Path, script: str, running: Serving) -> Any:
    """The output of a client in `clients/`."""
    environ = {"HOME": str(program.parent), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [str(program / "python"), str(CLIENTS / script), running.base, KEY],
        env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # litellm says something before


def turn(body: Any) -> Said:
    """A model that does what it is asked for: a call, its result as text, JSON, or a greeting."""
    if results(body):
        return says(f"It is {json.loads(results(body)[-1])['result']}.")
    if body.get("functions"):
        name = body["functions"][0]["name"]
        return calls((name, PERSON if name == "Person" else {"city": "Perm"}))
    wanted = body.get("response_format") or "JSON Schema" in body["messages"][-1]["content"]
    return says(json.dumps(PERSON) if wanted else "Привет!")


@contextmanager
def over_gigachat(folder: Path) -> Iterator[tuple[Serving, StrictGigaChat, GigaChatModel]]:
    authority, ca = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    with StrictGigaChat(server_context(authority), ca).running() as server:
        model = play(server, turn)
        with serving(folder / "home", **gigachat(server)) as running:
            yield running, server, model
