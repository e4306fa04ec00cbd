"""Shared by the end-to-end tests: a person's shell, and the outcomes of many faults run at once."""

from __future__ import annotations

import asyncio
import fcntl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.faults import Fault, Outcome, suffered
from tests.e2e.shell import Shell, environment

AT_ONCE = 4  # processes; more would only wait for the processors


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Shell(home, environment(home))


@pytest.fixture
def new_shell(tmp_path: Path) -> Callable[[str], Shell]:
    """Creates shells of several people."""

    def make(name: str) -> Shell:
        home = tmp_path / name
        home.mkdir(mode=0o700)
        return Shell(home, environment(home))

    return make


@pytest.fixture
def usual_ports() -> Iterator[None]:
    """A lock for tests that serve at the usual port of a local server, or look there."""
    with open(Path(tempfile.gettempdir()) / "llmchat-usual-ports.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """The outcomes of this module's faults, all run concurrently."""
    faults = _wanted(request)
    homes = tmp_path_factory.mktemp("faults")

    async def all_of_them() -> list[Outcome]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, fault: Fault) -> Outcome:
            home = homes / str(number)
            home.mkdir(mode=0o700)
            async with gate:
                return await suffered(fault, Shell(home, environment(home)))

        return await asyncio.gather(*(one(n, f) for n, f in enumerate(faults)))

    return dict(zip([f.name for f in faults], asyncio.run(all_of_them()), strict=True))


def _wanted(request: pytest.FixtureRequest) -> Sequence[Fault]:
    chosen: dict[str, Fault] = {}
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        if item.path == request.path and call and isinstance(call.params.get("fault"), Fault):
            chosen[call.params["fault"].name] = call.params["fault"]
    return list(chosen.values())
