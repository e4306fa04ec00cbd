"""Plugins beside `llmchat serve`, and one that sleeps when it is imported."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.serve.serving import LLMCHAT, serving, surroundings

ECHO = """\
from llmchat.plugin import Delta, Finish, Provider
class Echo(Provider):
    name = label = "echo"
    url = ""
    access = "offline"
    default_model = "echo-1"
    async def exchange(self, request):
        yield Delta("echo: " + request.messages[-1].text)
        yield Finish("stop", "echo-1")
"""


def install(folder: Path, name: str, source: str, entries: str) -> dict[str, str]:
    """Installed and enabled; returns what the environment needs for it."""
    place = folder / "site" / f"llmchat_{name}-1.0.dist-info"
    place.mkdir(parents=True)
    (place / "entry_points.txt").write_text(entries)
    (folder / "site" / f"llmchat_{name}.py").write_text(source)
    (folder / "home").mkdir(mode=0o700)
    (folder / "home" / "config.toml").write_text(f'plugins = ["llmchat-{name}"]\n')
    others = filter(None, [os.environ.get("PYTHONPATH")])
    return {"PYTHONPATH": os.pathsep.join([str(folder / "site"), *others])}


def test_a_provider_of_a_plugin_is_served_by_its_name(tmp_path: Path) -> None:
    more = install(tmp_path, "echo", ECHO, "[llmchat.providers]\necho = llmchat_echo:Echo\n")
    with serving(tmp_path / "home", **more) as running:
        assert "echo/echo-1" in [row["id"] for row in running.ask("/v1/models").json["data"]]
        said = running.chat("hi", "echo/echo-1").json["choices"][0]["message"]["content"]
        assert said == "echo: hi"
        said = running.chat("hi", "auto").json["choices"][0]["message"]["content"]
        assert "echo" not in said
    with serving(tmp_path / "home", **more, LLMCHAT_PLUGINS="none") as running:
        assert running.chat("hi", "echo/echo-1").status == 404


@pytest.mark.parametrize("error", ["KeyError", "SystemExit"])
def test_one_that_raises_is_502_and_others_are_served(tmp_path: Path, error: str) -> None:
    broken = ECHO.replace("yield Delta(", f"raise {error}(")
    more = install(tmp_path, "echo", broken, "[llmchat.providers]\necho = llmchat_echo:Echo\n")
    with serving(tmp_path / "home", **more) as running:
        reply = running.chat("hi", "echo")
        assert (reply.status, "plugin llmchat-echo" in reply.json["error"]["message"]) == (
            502,
            True,
        )
        assert running.chat("hi", "demo").status == 200


@pytest.mark.slow
def test_one_that_sleeps_is_one_error_after_its_time(tmp_path: Path) -> None:
    entries = "[llmchat.providers]\nslow = llmchat_slow:P\n"
    more = install(tmp_path, "slow", "import time\ntime.sleep(600)\n", entries)
    began = time.monotonic()
    done = subprocess.run(
        [str(LLMCHAT), "ask", "-p", "slow", "hi"], env=surroundings(tmp_path / "home", more),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (8, "", 2)
    assert "its import took more than 5 s" in done.stderr
    assert time.monotonic() - began < 60
