"""Servers as people install them, over all three transports. They come from the package registries
into a folder of the test run; without npm or an index their tests skip and say why."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from llmchat.settings.toml.editor import written_value
from llmchat.tools.tool import Tool, Toolbox, ToolOutput
from llmchat.tools.toolbox import open_toolbox
from tests.tools.conftest import Configure
from tests.tools.processes import until

pytestmark = pytest.mark.slow

PATIENCE = 300  # seconds for an installation
NODE = ("@modelcontextprotocol/server-filesystem", "@modelcontextprotocol/server-everything")
SDK = str(Path(__file__).parents[1] / "servers" / "sdk_server.py")
LIMITED = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"}


def install(*words: str, cwd: Path) -> None:
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        pytest.skip(f"{' '.join(words[:3])}: {done.stderr.strip()[-300:]}")


def python_servers(folder: Path, *packages: str) -> Path:
    install(sys.executable, "-m", "venv", str(folder), cwd=folder.parent)
    install(str(folder / "bin" / "pip"), "install", "-q", *packages, cwd=folder.parent)
    return folder / "bin"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("node")
    install("npm", "install", "--no-audit", "--no-fund", "--prefix", ".", *NODE, cwd=folder)
    return folder / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python") / "venv"
    return python_servers(folder, "mcp-server-time", "mcp-server-git")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server that was not moved to the newest SDK."""
    folder = tmp_path_factory.mktemp("old") / "venv"
    return python_servers(folder, "mcp-server-sqlite", "mcp<2")


def table(command: object, *args: object, lines: str = "") -> str:
    words = written_value([str(arg) for arg in args])
    return f"[tools.s]\ncommand = {written_value(str(command))}\nargs = {words}\n{lines}"


@asynccontextmanager
async def opened(configure: Configure, toml: str) -> AsyncIterator[tuple[Toolbox, dict[str, Tool]]]:
    environ = [(name, os.environ[name]) for name in ("PATH", "SHELL") if name in os.environ]
    context = configure(toml, environ=[*environ, ("OPENAI_API_KEY", "sk-secret"), ("TERM", "x")])
    toolbox = await open_toolbox(context, ["s"])
    try:
        yield toolbox, {tool.name: tool for tool in await toolbox.tools()}
    finally:
        await toolbox.aclose()


async def called(configure: Configure, toml: str, name: str, **given: Any) -> ToolOutput:
    async with opened(configure, toml) as (toolbox, tools):
        return await toolbox.call(tools[name], given)


@contextmanager
def on_the_web(command: Path, kind: str) -> Iterator[str]:
    """The address of a server that runs on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "PORT": str(port)}
    words = (
        [str(command), kind]
        if kind in ("sse", "streamableHttp")
        else [sys.executable, SDK, str(port)]
    )
    with subprocess.Popen(
        words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "its port")
            yield f"http://127.0.0.1:{port}/{'sse' if kind == 'sse' else 'mcp'}"
        finally:
            process.kill()


def only_child(parent: int) -> int:
    """The only child: a server's guard has one, and we have one guard."""
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(child)


async def test_time(configure: Configure, python: Path) -> None:
    toml = table(python / "mcp-server-time", "--local-timezone", "UTC")
    async with opened(configure, toml) as (toolbox, tools):
        good = await toolbox.call(tools["get_current_time"], {"timezone": "Asia/Tokyo"})
        bad = await toolbox.call(tools["get_current_time"], {"timezone": "Mars"})
    assert list(tools) == ["get_current_time", "convert_time"]
    assert tools["get_current_time"].hints["readOnlyHint"] is True
    assert json.loads(good.text)["timezone"] == "Asia/Tokyo"
    assert (bad.outcome, "Mars" in bad.text) == ("error", True)


async def test_git(configure: Configure, python: Path, tmp_path: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    words = ("git", "init", "-q", str(tmp_path / "repo"))
    await asyncio.to_thread(install, *words, cwd=tmp_path)
    toml = table(python / "mcp-server-git", "--repository", tmp_path / "repo")
    output = await called(configure, toml, "git_status", repo_path=str(tmp_path / "repo"))
    assert (output.outcome, "No commits yet" in output.text) == ("ok", True)


async def test_sqlite_of_the_older_sdk(configure: Configure, old: Path, tmp_path: Path) -> None:
    toml = table(old / "mcp-server-sqlite", "--db-path", tmp_path / "a.db")
    async with opened(configure, toml) as (toolbox, tools):
        make = {"query": "CREATE TABLE слова (w TEXT)"}
        await toolbox.call(tools["create_table"], make)
        tables = await toolbox.call(tools["list_tables"], {})
        bad = await toolbox.call(tools["read_query"], {"query": "SELECT * FROM missing"})
    assert tools["read_query"].hints == {}
    assert "слова" in tables.text
    assert "no such table" in bad.text


async def test_filesystem(configure: Configure, node: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "ж.txt").write_text("日本 " * 300_000)
    async with opened(configure, table(node / "mcp-server-filesystem", folder)) as (box, tools):
        big = await box.call(tools["read_text_file"], {"path": str(folder / "ж.txt")})
        out = await box.call(tools["read_text_file"], {"path": "/etc/passwd"})
    assert big.text.startswith("日本 日本")
    assert big.text.endswith("[cut: the first 65,536 of 2,100,000 bytes]")
    assert (out.outcome, out.text.startswith("Access denied")) == ("error", True)


async def test_a_picture_is_told_and_not_passed_on(configure: Configure, node: Path) -> None:
    output = await called(configure, table(node / "mcp-server-everything"), "get-tiny-image")
    assert "[image, image/png, " in output.text
    assert len(output.text) < 300


async def test_resources_are_told(configure: Configure, node: Path) -> None:
    toml = table(node / "mcp-server-everything")
    async with opened(configure, toml) as (toolbox, tools):
        links = await toolbox.call(tools["get-resource-links"], {"count": 2})
        whole = await toolbox.call(tools["get-structured-content"], {"location": "Chicago"})
    assert links.text.count("[resource ") == 2
    assert "temperature" in whole.text


async def test_a_server_sees_a_few_variables(configure: Configure, node: Path) -> None:
    toml = table(node / "mcp-server-everything", lines='env = { MINE = "1" }\n')
    seen = json.loads((await called(configure, toml, "get-env")).text)
    assert set(seen) <= LIMITED | {"MINE"}
    assert seen["MINE"] == "1"


async def test_a_long_operation_is_given_up(configure: Configure, node: Path) -> None:
    toml = table(node / "mcp-server-everything", lines="timeout = 0.5\n")
    async with opened(configure, toml) as (toolbox, tools):
        long = {"duration": 30, "steps": 3}
        late = await toolbox.call(tools["trigger-long-running-operation"], long)
        after = await toolbox.call(tools["echo"], {"message": "still there"})
    assert late.outcome == "timeout"
    assert after.text == "Echo: still there"


@pytest.mark.parametrize("kind", ["streamableHttp", "sse"])
async def test_everything_on_the_web(configure: Configure, node: Path, kind: str) -> None:
    with on_the_web(node / "mcp-server-everything", kind) as url:
        lines = 'type = "sse"\n' if kind == "sse" else ""
        toml = f'[tools.s]\nurl = "{url}"\nheaders = {{ X-Mine = "1" }}\n{lines}'
        async with opened(configure, toml) as (toolbox, tools):
            output = await toolbox.call(tools["echo"], {"message": "ж"})
            wrong = await toolbox.call(tools["get-sum"], {"a": "x"})
    assert output.text == "Echo: ж"
    assert wrong.outcome == "error"


async def test_a_server_that_is_killed_in_the_middle(configure: Configure, node: Path) -> None:
    toml = table(node / "mcp-server-everything")
    async with opened(configure, toml) as (toolbox, tools):
        name = "trigger-long-running-operation"
        call = asyncio.create_task(toolbox.call(tools[name], {"duration": 60, "steps": 60}))
        await asyncio.sleep(0.2)  # so that it is underway
        os.kill(only_child(only_child(os.getpid())), signal.SIGKILL)
        output = await call
        after = await toolbox.call(tools["echo"], {"message": "again"})
    assert output.text.startswith("s ended during the call")
    assert after.text == "Echo: again"


@pytest.mark.parametrize("web", [False, True], ids=["stdio", "http"])
async def test_a_list_that_changes_under_the_newest_revision(
    configure: Configure, tmp_path: Path, web: bool
) -> None:
    async def grows(toml: str) -> None:
        async with opened(configure, toml) as (toolbox, tools):
            assert "grown" not in tools
            await toolbox.call(tools["grow"], {})
            for _ in range(100):
                names = [tool.name for tool in await toolbox.tools()]
                if "grown" in names:
                    return
                await asyncio.sleep(0.05)
            raise AssertionError(names)

    if not web:
        await grows(table(sys.executable, SDK))
        return
    with on_the_web(tmp_path, "sdk") as url:
        await grows(f'[tools.s]\nurl = "{url}"\n')
