"""Start-up is part of the product: which modules each command imports, as the interpreter lists
them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "asyncio",
    "click",
    "httpx",
    "importlib.metadata",
    "markdown_it",
    "prompt_toolkit",
    "pydantic",
    "pygments",
    "rich",
    "rich.markdown",
    "sqlite3",
    "typer",
}


def start(home: Path, *argv: str) -> tuple[int, str, set[str]]:
    """Exit code, stdout, and the imported modules."""
    others = ("LLMCHAT_", "XDG_", "COV")  # what measures loads modules of its own
    kept = {n: v for n, v in os.environ.items() if not n.startswith(others)}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "llmchat", *argv],
        env=kept | {"LLMCHAT_HOME": str(home), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done.returncode, done.stdout, {line.rpartition("|")[2].strip() for line in told}


@pytest.mark.parametrize("argv", [("--version",), ("-V",)])
def test_the_version_loads_nothing_but_the_door(tmp_path: Path, argv: tuple[str, ...]) -> None:
    code, out, loaded = start(tmp_path, *argv)
    ours = {name for name in loaded if name.startswith("llmchat.")}
    assert (code, out.split()[0], ours) == (0, "llmchat", set())


def test_a_tab_loads_a_few_small_files(tmp_path: Path) -> None:
    code, out, loaded = start(tmp_path, "__complete", "provider", "gi")
    ours = {name for name in loaded if name.startswith("llmchat.")}
    assert (code, out) == (0, "gigachat\tGigaChat, key\n")
    assert loaded & {"pathlib", "platformdirs", "re", "typing"} == set()
    assert ours == {
        "llmchat.completion",
        "llmchat.completion.folders",
        "llmchat.completion.static_values",
        "llmchat.completion.values",
    }


def test_a_completion_script_is_printed_without_typer(tmp_path: Path) -> None:
    code, out, loaded = start(tmp_path, "completion", "zsh")
    assert (code, out.splitlines()[0], loaded & HEAVY) == (0, "#compdef llmchat", set())


@pytest.mark.parametrize(
    ("argv", "code", "allowed"),
    [
        (("--help",), 0, set()),
        ((), 2, {"asyncio", "sqlite3", "typer"}),  # an `ask` that finds nothing in stdin
        (("nothing",), 2, set()),
        (("ask", "--help"), 0, {"typer"}),
        (("ask", "--nothing"), 2, {"typer"}),
        (("models", "--help"), 0, {"typer"}),
        (("config", "list"), 0, {"typer"}),
    ],
)
def test_what_asks_nobody_loads_neither_network_nor_pictures(
    tmp_path: Path, argv: tuple[str, ...], code: int, allowed: set[str]
) -> None:
    ended, _, loaded = start(tmp_path, *argv)
    assert (ended, loaded & HEAVY) == (code, allowed)


@pytest.mark.parametrize("argv", [("history", "list"), ("history", "search", "hi")])
def test_reading_the_history_in_a_pipe_loads_no_settings(
    tmp_path: Path, argv: tuple[str, ...]
) -> None:
    start(tmp_path, "ask", "-p", "demo", "hi")
    ended, out, loaded = start(tmp_path, *argv)
    unwanted = {
        "llmchat.settings",
        "llmchat.values.endpoint",
        "llmchat.values.events",
        "llmchat.providers",
    }
    assert (ended, "hi" in out, loaded & (HEAVY | unwanted)) == (0, True, {"sqlite3", "typer"})


def test_a_piped_answer_loads_no_pictures(tmp_path: Path) -> None:
    """httpx brings a command line of its own, with Click, Rich and Pygments; it stays away."""
    code, out, loaded = start(tmp_path, "ask", "-p", "demo", "-n", "hi")
    unwanted = HEAVY - {"asyncio", "httpx", "sqlite3", "typer"}
    assert (code, out != "", loaded & unwanted) == (0, True, set())


def test_an_answer_without_tools_loads_none_of_their_modules(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('theme = "dark"\n')
    code, _, loaded = start(tmp_path, "ask", "-p", "demo", "-n", "hi")
    tools = {
        name for name in loaded if name.startswith(("llmchat.tools", "llmchat.settings.tools"))
    }
    assert (code, tools, "mcp" in loaded) == (0, set(), False)


def test_only_servers_load_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[tools.w]\ntype = "command"\ncommand = "wc"\n')
    code, out, loaded = start(tmp_path, "tools", "run", "w")
    assert (code, out.split(), "mcp" in loaded) == (0, ["0", "1", "2"], False)


def test_only_a_schema_loads_what_reads_one_and_nothing_here_checks_it(tmp_path: Path) -> None:
    """The check is in a process of its own."""
    schema = ("--schema", "name, age int")
    for flags, ours in (((), False), (schema, True)):
        code, out, loaded = start(tmp_path, "ask", "-p", "demo", "-n", *flags, "hi")
        assert (code, out != "") == (0, True)
        assert ("llmchat.schemas.read" in loaded) is ours
        assert loaded & {"jsonschema", "attrs", "referencing", "rpds"} == set()


def test_a_closed_pipe_ends_as_the_signal_would(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "llmchat", "--version"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-13, b"")


def test_a_full_disk_is_an_exit_code(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "llmchat", "--version"], stdout=file, timeout=60, check=False
        )
    assert done.returncode == 3


def test_a_ctrl_c_where_python_would_drop_it_ends_the_program() -> None:
    """As in the lock of an import, where it would be printed and forgotten."""
    code = (
        "import llmchat.cli.main, sys\n"
        "from llmchat.__main__ import main\n"
        "class Dying:\n"
        "    def __del__(self): raise KeyboardInterrupt\n"
        "def run(argv, world):\n"
        "    Dying()\n"
        "    print('went on')\n"
        "    return 0\n"
        "llmchat.cli.main.run = run\n"
        "main()"
    )
    command = [sys.executable, "-c", code, "history"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-2, b"", b"")


def test_every_command_closes_the_history_behind_it(tmp_path: Path) -> None:
    """A copy of history.db alone is whole: nothing waits in a file beside it."""
    for argv in (
        ("ask", "-p", "demo", "hi"),
        ("ask", "-p", "demo", "-c", "hi"),
        ("history", "list"),
    ):
        assert start(tmp_path, *argv)[0] == 0
        assert [place.name for place in tmp_path.glob("history.db-*")] == []
