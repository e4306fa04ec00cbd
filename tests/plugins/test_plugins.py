"""Plugins as a person uses them: installed, enabled, used, broken, off."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmchat.errors import Unavailable
from llmchat.system.entry_points import enabled, installed
from llmchat.system.loading import load_object
from tests.plugins.conftest import OFFLINE, Site
from tests.scripts.conftest import fits
from tests.shell import Shell

COMMAND = """\
from llmchat.plugin import PluginCommand
def run(line):
    line.say(" ".join(line.words).upper() + "\\x1b]0;title\\x07\\n")
    return 3
def left(line):
    raise SystemExit(2)
def fails(line):
    raise ValueError("torn")
class Mute(Exception):
    def __str__(self):
        return 1 / 0
def stays_mute(line):
    raise Mute
def prints(line):
    print("hello")
shout = PluginCommand("Shout", on_command_line=run)
hello = PluginCommand("Hello", on_command_line=prints)
leave = PluginCommand("Leave", on_command_line=left)
fail = PluginCommand("Fail", on_command_line=fails)
mute = PluginCommand("Mute", on_command_line=stays_mute)
"""


def test_listing_imports_nothing(site: Site, llmchat: Shell) -> None:
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    result = llmchat("plugins", "list", "--json")
    (row,) = [row for row in result.json if row["name"] == "echo"]
    assert (row["kind"], row["distribution"], row["version"]) == ("provider", "llmchat-echo", "1.0")
    assert (row["enabled"], mark.exists()) == (False, False)
    assert fits("plugins-list", result.json)


def test_a_pipe_in_the_place_of_a_list_of_entry_points_has_none(site: Site, llmchat: Shell) -> None:
    site.describe("llmchat-pipe", {})
    listed = site.folder / "llmchat_pipe-1.0.dist-info" / "entry_points.txt"
    listed.unlink()
    os.mkfifo(listed)
    assert llmchat("plugins", "list").code in (0, 11)


def test_installed_is_not_enabled(site: Site, llmchat: Shell) -> None:
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    result = llmchat("ask", "-p", "echo", "hi")
    assert (result.code, "unknown provider echo" in result.err) == (2, True)
    assert not mark.exists()


@pytest.mark.parametrize(
    "line",
    [
        ("ask", "-p", "echo", "hi"),
        ("models", "echo"),
        ("ask", "-p", "ollama", "-T", "where", "hi"),
        ("tools", "test", "where"),
        ("hello", "hi"),
    ],
)
def test_a_name_of_a_plugin_that_is_not_enabled_says_how_to_enable_it(
    line: tuple[str, ...], site: Site, llmchat: Shell
) -> None:
    entries = {"provider": "echo =Echo", "tool": "where =where", "command": "hello =hello"}
    mark = site.install("llmchat-echo", OFFLINE, **entries)
    result = llmchat(*line)
    assert (result.code, mark.exists()) == (2, False)
    hint = "plugin llmchat-echo, which is not enabled: llmchat plugins enable llmchat-echo"
    assert hint in result.err


@pytest.mark.parametrize("name", ["echo", "llmchat-echo", "Llmchat_Echo"])
def test_enabling_names_the_distribution_and_says_what_a_plugin_is(
    name: str, site: Site, llmchat: Shell
) -> None:
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    result = llmchat("plugins", "enable", name)
    assert (result.code, "provider echo" in result.out) == (0, True)
    assert "with your rights" in result.err
    assert (llmchat.home / "config.toml").read_text() == 'plugins = ["llmchat-echo"]\n'
    assert not mark.exists()
    assert llmchat("ask", "-p", "echo", "hi").out == "echo: hi\n"


@pytest.mark.parametrize("name", ["echo", "llmchat-echo"])
def test_a_disabled_plugin_is_used_no_longer(name: str, site: Site, llmchat: Shell) -> None:
    site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    llmchat("plugins", "enable", "echo")
    assert llmchat("plugins", "disable", name).code == 0
    assert llmchat("ask", "-p", "echo", "hi").code == 2


def test_another_distribution_with_the_name_is_not_enabled_by_it(
    site: Site, llmchat: Shell
) -> None:
    """Enabling applies to a package, not to a word."""
    site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    llmchat("plugins", "enable", "echo")
    other = site.install("aaa-evil", OFFLINE, provider="echo =Echo")
    assert llmchat("ask", "-p", "echo", "hi").code == 0
    assert not other.exists()
    result = llmchat("plugins", "enable", "echo")
    assert (result.code, "several plugins" in result.err) == (2, True)


def test_none_switches_all_off(site: Site, llmchat: Shell) -> None:
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    site.enable("llmchat-echo", more='[providers.echo]\napi_key = "sk-of-echo"\n')
    (llmchat.home / "config.toml").chmod(0o600)
    off = llmchat("ask", "-p", "demo", "hi", LLMCHAT_PLUGINS="none")
    assert (off.code, off.err, mark.exists()) == (0, "", False)
    result = llmchat("ask", "-p", "echo", "hi", LLMCHAT_PLUGINS="none")
    assert (result.code, "unknown provider echo" in result.err) == (2, True)  # no other's server


def test_a_project_enables_nothing(site: Site, llmchat: Shell) -> None:
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    (llmchat.cwd / ".llmchat.toml").write_text('plugins = ["llmchat-echo"]\n')
    result = llmchat("ask", "-p", "echo", "hi")
    assert (result.code, mark.exists()) == (2, False)


def test_a_project_cannot_choose_the_provider_of_a_plugin(site: Site, llmchat: Shell) -> None:
    site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    site.enable("llmchat-echo", more='provider = "demo"\n')
    (llmchat.cwd / ".llmchat.toml").write_text('model = "echo/x"\n')
    result = llmchat("ask", "hi")
    assert (result.code, result.out.startswith("You asked")) == (0, True)
    assert "a project file cannot choose echo" in result.err


def test_a_name_of_something_in_a_package_enables_nothing(site: Site, llmchat: Shell) -> None:
    """In the settings only distributions count: another package may use the other names."""
    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    site.enable("echo")
    assert llmchat("ask", "-p", "echo", "hi").code == 2
    assert "plugin echo is enabled but not installed" in llmchat("plugins").err
    assert not mark.exists()


BROKEN_AT_IMPORT = (
    "ValueError: torn",
    "SystemExit: gone",
    "not a class derived from",
    "AttributeError",
    "access must be one of",
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise ValueError('torn')", "ValueError: torn"),
        ("import sys; sys.exit('gone')", "SystemExit: gone"),
        ("Echo = 3", "not a class derived from"),
        ("", "AttributeError"),
        (OFFLINE.replace('"offline"', '"free"'), "access must be one of"),
        (
            OFFLINE + "    def __init__(self, *a, **k):\n        raise OSError('no')\n",
            "OSError: no",
        ),
        (OFFLINE.replace('yield Delta("', 'raise KeyError("'), "KeyError"),
    ],
)
def test_a_broken_provider_is_one_error_and_another_one_answers(
    source: str, said: str, site: Site, llmchat: Shell
) -> None:
    site.install("llmchat-echo", source, provider="echo =Echo")
    site.enable("llmchat-echo")
    alone = llmchat("ask", "-p", "echo", "hi")
    assert (alone.code, alone.out, said in alone.err) == (8, "", True)
    assert "llmchat plugins disable llmchat-echo" in alone.err
    assert "Traceback" not in alone.err
    other = llmchat("ask", "-p", "echo", "--fallback", "demo", "hi")
    assert (other.code, other.out.startswith("You asked")) == (0, True)
    listed = llmchat("models")
    assert (listed.code, "cannot be used" in listed.err) == (0, said in BROKEN_AT_IMPORT)
    assert llmchat("ask", "-p", "demo", "hi").err == ""


def test_an_import_that_does_not_end_is_given_up(site: Site) -> None:
    site.install("llmchat-slow", "import time\ntime.sleep(60)\n", provider="slow =Slow")
    (entry,) = enabled(["llmchat-slow"])
    begin = time.monotonic()
    with pytest.raises(Unavailable, match="took more than"):
        load_object(entry, seconds=0.2)
    with pytest.raises(Unavailable):
        load_object(entry)  # not tried again
    assert time.monotonic() - begin < 5


ANSWERS = "        yield Delta("


@pytest.mark.parametrize(
    "source",
    ["print('hello')\n" + OFFLINE, OFFLINE.replace(ANSWERS, f"        print('hello')\n{ANSWERS}")],
)
def test_what_a_plugin_prints_is_no_answer(site: Site, llmchat: Shell, source: str) -> None:
    site.install("llmchat-echo", source, provider="echo =Echo")
    site.enable("llmchat-echo")
    done = subprocess.run(
        [sys.executable, "-m", "llmchat", "ask", "-p", "echo", "hi"],
        env={**llmchat.environ, "PYTHONPATH": str(site.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, "hello" in done.stderr) == ("echo: hi\n", True)


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize("first", [True, False], ids=["at its import", "in its answer"])
def test_what_a_plugin_prints_fails_no_answer(
    site: Site, llmchat: Shell, tmp_path: Path, where: str, first: bool
) -> None:
    printing = "print('hello', flush=True)\n"
    answer = OFFLINE.replace(ANSWERS, f"        {printing}{ANSWERS}")
    site.install("llmchat-echo", printing + OFFLINE if first else answer, provider="echo =Echo")
    site.enable("llmchat-echo")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {where}', "sh", sys.executable, "-m", "llmchat", "ask", "hi"],
        env={**llmchat.environ, "PYTHONPATH": str(site.folder), "LLMCHAT_PROVIDER": "echo"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"echo: hi\n")


def test_what_a_command_of_a_plugin_prints_is_its_output(site: Site, llmchat: Shell) -> None:
    site.install("llmchat-hello", COMMAND, command="hello =hello")
    site.enable("llmchat-hello")
    assert llmchat("hello").out == "hello\n"


def test_a_name_of_ours_stays_ours(site: Site, llmchat: Shell) -> None:
    mark = site.install("llmchat-evil", OFFLINE, provider="demo =Echo", command="ask =Echo")
    site.enable("llmchat-evil")
    result = llmchat("ask", "-p", "demo", "hi")
    assert (result.code, result.out.startswith("You asked"), mark.exists()) == (0, True, False)
    assert "its provider demo is ignored" in result.err
    assert "command ask is ignored" in llmchat("plugins", "enable", "llmchat-evil").err
    rows = llmchat("plugins", "list", "--json").json
    problems = {
        row["kind"]: row["problem"] for row in rows if row["distribution"] == "llmchat-evil"
    }
    assert "has a provider of that name" in problems["provider"]
    assert "has a command of that name" in problems["command"]
    assert llmchat("plugins", "check").code == 1


def test_what_is_enabled_but_not_installed_is_told_and_can_be_disabled(llmchat: Shell) -> None:
    (llmchat.home / "config.toml").write_text('plugins = ["llmchat-gone"]\n')
    assert "enabled but not installed" in llmchat("plugins").err
    assert llmchat("ask", "-p", "demo", "hi").code == 0
    assert llmchat("plugins", "disable", "llmchat-gone").code == 0
    assert (llmchat.home / "config.toml").read_text() == "plugins = []\n"


def test_a_command_of_a_plugin_runs_and_cannot_act_on_the_terminal(
    site: Site, llmchat: Shell
) -> None:
    site.install("llmchat-shout", COMMAND, command="shout =shout")
    assert llmchat("shout", "hi").code == 2  # not enabled
    site.enable("llmchat-shout")
    result = llmchat("shout", "hi", screen=True)
    assert (result.code, "HI" in result.out, "\x1b]" in result.out) == (3, True, False)


@pytest.mark.parametrize(("name", "code"), [("leave", 2), ("fail", 8), ("mute", 8)])
def test_a_command_that_ends_itself_or_raises_is_an_exit_code(
    name: str, code: int, site: Site, llmchat: Shell
) -> None:
    site.install("llmchat-shout", COMMAND, command=f"{name} ={name}")
    site.enable("llmchat-shout")
    result = llmchat(name)
    assert (result.code, "Traceback" in result.err) == (code, False)


def test_a_tool_runs_in_a_process_of_its_own(site: Site, llmchat: Shell) -> None:
    source = "import os\ndef where(n: int) -> str:\n    'Say.'\n    return str(os.getpid() + n)\n"
    mark = site.install("llmchat-where", source, tool="where =where")
    site.enable("llmchat-where")
    assert "where" in llmchat("tools").out
    assert '"integer"' in llmchat("tools", "show", "where").out
    assert not mark.exists()
    result = llmchat("tools", "run", "where", '{"n": 0}')
    assert (result.code, result.out.strip().isdigit()) == (0, True)
    assert mark.exists()
    assert not any(name.startswith(mark.stem) for name in sys.modules)


def test_a_tool_of_the_settings_comes_before_one_of_the_same_name(
    site: Site, llmchat: Shell
) -> None:
    site.install("llmchat-w", "def w() -> str:\n    return 'plugin'\n", tool="w =w")
    site.enable("llmchat-w", more='[tools.w]\ntype = "command"\ncommand = "echo mine"\n')
    result = llmchat("tools")
    assert "its tool w is ignored" in result.err
    assert result.out.count("echo") == 1


def test_templates_of_a_plugin_come_after_all_others(site: Site, llmchat: Shell) -> None:
    package = site.folder / "texts_of_a_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("raise ValueError('nobody imports it')\n")
    for name in ("haiku", "review"):
        (package / f"{name}.md").write_text("From the plugin: {{ input }}\n")
    site.describe("llmchat-texts", {"template": "texts = texts_of_a_plugin"})
    assert llmchat("templates", "show", "haiku").code == 2
    site.enable("llmchat-texts")
    assert "From the plugin" in llmchat("templates", "show", "haiku").out
    assert "From the plugin" not in llmchat("templates", "show", "review").out
    assert "> From the plugin: rain" in llmchat("ask", "-p", "demo", "-t", "haiku", "rain").out


def test_folders_that_cannot_be_read_and_odd_files_are_passed_over(site: Site) -> None:
    place = site.folder / "odd-1.0.dist-info"
    place.mkdir()
    (place / "entry_points.txt").write_bytes(
        b"\xff[llmchat.tools]\nno equals\n= x\n[llmchat.tools]\n#a=b\n"
    )
    sys.path.append(str(site.folder / "absent"))
    try:
        assert [entry for entry in installed() if entry.distribution == "odd"] == []
    finally:
        sys.path.remove(str(site.folder / "absent"))


def test_a_start_without_plugins_loads_nothing_of_them(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('theme = "dark"\n')
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "llmchat", "ask", "-p", "demo", "-n", "hi"],
        env={"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "llmchat.settings.registry" in loaded
    assert (
        loaded
        & {"llmchat.system.entry_points", "llmchat.system.loading", "llmchat.app.setup.plugins"}
        == set()
    )


def test_a_tab_offers_what_is_enabled(site: Site, llmchat: Shell) -> None:
    from llmchat.completion.values import offers

    mark = site.install("llmchat-echo", OFFLINE, provider="echo =Echo")
    assert offers(["provider", "ec"], llmchat.environ) == ""
    llmchat("plugins", "enable", "echo")
    assert offers(["provider", "ec"], llmchat.environ) == "echo\tof a plugin\n"
    assert "llmchat-echo\t" in offers(["plugin", "llm"], llmchat.environ)
    assert not mark.exists()
