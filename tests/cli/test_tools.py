"""`llmchat tools`: what a person adds, sees, tests and runs."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scripts.conftest import fits
from tests.shell import Result, Shell
from tests.tools.conftest import SERVER, scripted
from tests.tools.processes import none_alive, pids

OWN = (sys.executable, "-I", "-S", SERVER)
ESCAPES = ("\x1b]", "\x1b[31m", "\x07", "\u202e")  # our own colours of stderr are others


@pytest.fixture
def own(llmchat: Shell) -> Shell:
    llmchat.environ |= {"HOME": str(llmchat.home), "PATH": "/usr/bin:/bin"}
    (llmchat.home / "config.toml").write_text("# mine\n[tools.own]\n" + scripted())
    (llmchat.home / "config.toml").chmod(0o600)
    return llmchat


def config(shell: Shell) -> str:
    return (shell.home / "config.toml").read_text()


def told(result: Result) -> tuple[int, str]:
    return result.code, result.err.splitlines()[0] if result.err else ""


def test_without_tools_the_list_says_how_to_add_one(llmchat: Shell) -> None:
    result = llmchat("tools")
    assert (result.code, result.out) == (0, "")
    assert "llmchat tools add NAME -- COMMAND..." in result.err
    assert llmchat("tools", "list", "--json").json == []


def test_a_server_is_added_tested_shown_run_and_removed(own: Shell) -> None:
    added = own("tools", "add", "mine", "--", *OWN)
    assert added.code == 0
    assert added.out.startswith("Added mine: ")
    assert config(own).startswith("# mine\n[tools.own]")
    assert own("tools", "test", "mine").out.startswith("mine works: 5 tools, MCP 2025-11-25, ")
    assert "mine/echo" in own("tools", "show", "mine").out
    assert own("tools", "run", "mine/echo", '{"text": "ж"}').out == "ж\n"
    assert own("tools", "remove", "mine").out == "Removed mine.\n"
    assert "mine]" not in config(own)
    assert not (own.home / "tools" / "mine.json").exists()


def test_the_file_of_a_function_counts_from_the_folder_where_it_was_added(own: Shell) -> None:
    (here := own.cwd / "here").mkdir()
    (here / "mine.py").write_text("def rate(city: str) -> str:\n    return city\n")
    for name, type in (("rate", ()), ("other", ("--type", "python"))):
        added = replace(own, cwd=here)("tools", "add", name, *type, "--", "mine.py:rate")
        assert added.code == 0
        assert own("tools", "run", name, '{"city": "Oslo"}').out == "Oslo\n"


def test_a_function_that_is_not_configured_is_tested_as_it_is_shown(own: Shell) -> None:
    (own.cwd / "mine.py").write_text("def rate(city: str) -> str:\n    return city\n")
    assert own("tools", "test", "mine.py:rate").out == "mine.py:rate works: 1 tool\n"
    found = own("tools", "test", "mine.py:rate", "--json").json
    assert (found["tools"], found["protocol"]) == (["rate"], None)
    missing = own("tools", "test", "mine.py:rat")
    assert (missing.code, missing.out) == (2, "")


def test_a_call_that_fails_names_the_tool_as_it_was_typed(own: Shell) -> None:
    (own.cwd / "mine.py").write_text("def rate() -> str:\n    return 1 / 0\n")
    assert own("tools", "run", "mine.py:rate").err.endswith("\n  llmchat tools show mine.py:rate\n")


def test_a_call_that_fails_names_the_tool_only_once(own: Shell) -> None:
    (own.cwd / "mine.py").write_text("def rate() -> str:\n    return 1 / 0\n")
    failed = own("tools", "run", "mine.py:rate").err
    assert failed.startswith("llmchat: rate exited with status 1. Traceback")


def test_the_list_starts_nothing_and_knows_the_last_list(own: Shell, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    (own.home / "config.toml").write_text("[tools.own]\n" + scripted(f"pids={file}"))
    assert own("tools", "list", "--json").json[0]["tools"] is None
    assert not file.exists()
    own("tools", "test", "own")
    (row,) = own("tools", "list", "--json").json
    assert row["tools"] == ["echo", "fail", "big", "slow", "die"]
    assert (row["name"], row["type"]) == ("own", "stdio")
    assert len(pids(file)) == 1


def test_a_long_argument_is_not_looked_for_as_a_file(own: Shell) -> None:
    assert own("tools", "add", "long", "--", "echo", "ж" * 200).code == 0


def test_the_list_shows_no_password_of_an_address(own: Shell) -> None:
    (own.home / "config.toml").write_text(
        '[tools.a]\nurl = "http://me:canary-of-a@host/mcp?api_key=canary-of-a"\n'
        '[tools.b]\ncommand = "npx"\nargs = ["remote@1", "https://me:canary-of-b@host/"]\n'
    )
    (own.home / "config.toml").chmod(0o600)
    rows = own("tools", "list", "--json").json
    assert [row["runs"] for row in rows] == [
        "http://***@host/mcp?api_key=***",
        "npx remote@1 'https://***@host/'",
    ]
    assert "canary" not in own("tools", "list").text


def test_what_is_printed_fits_its_schema(own: Shell) -> None:
    assert fits("tools-list", own("tools", "list", "--json").json)
    assert fits("tools-show", own("tools", "show", "own", "--json").json)
    assert fits("tools-test", own("tools", "test", "own", "--json").json)
    assert fits("tools-run", own("tools", "run", "own/echo", "{}", "--json").json)


def test_the_whole_definition_of_one_tool(own: Shell) -> None:
    out = own("tools", "show", "own/echo").out
    assert out.startswith("own/echo\n\nwhat echo does\n\nparameters: {")
    assert "name for the model: echo" in out


def test_arguments_come_from_stdin(own: Shell) -> None:
    result = own("tools", "run", "own/echo", "-", stdin='{"text": "piped"}')
    assert (result.code, result.out) == (0, "piped\n")
    closed = io.StringIO()
    closed.close()
    assert own("tools", "run", "own/nothing", "-", stdin=closed).code == 2
    assert own("tools", "run", "own/echo", "-", stdin="x" * 10_000_001).code == 2


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("run", "own/fail", '{"text": "it"}'), 8, "own/fail: no luck with it"),
        (("run", "own/echo", "[1]"), 2, "the arguments are not a JSON object"),
        (("run", "own/echo", "{"), 2, "the arguments are not a JSON object"),
        (("run", "own"), 2, "own has 5 tools; name one of them"),
        (("run", "onw/echo"), 2, "unknown tool onw/echo (did you mean own?)"),
        (("run", "own/ecko"), 2, "unknown tool own/ecko (did you mean echo?)"),
        (("test", "onw"), 2, "unknown tool onw (did you mean own?)"),
        (("remove", "onw"), 11, "there is no tool onw (did you mean own?)"),
        (("add", "own", "--", "x"), 2, "there is already a tool own"),
        (("add", "a/b", "--", "x"), 2, "'a/b' is not a valid tool name"),
        (("add", "max_rounds", "--", "x"), 2, "'max_rounds' is not a valid tool name"),
        (("add", "a"), 2, "no command or URL given"),
        (("add", "a", "https://a.example", "b"), 2, "a URL takes no arguments"),
        (("add", "a", "--type", "ftp", "--", "x"), 2, "type must be one of stdio"),
        (("add", "a", "--env", "TOKEN=abc", "--", "x"), 2, "keys are not accepted on the"),
        (("add", "a", "--env", "x", "--", "x"), 2, "x needs a value"),
        (("import", "none.json"), 2, "cannot read"),
    ],
)
def test_mistakes(own: Shell, argv: tuple[str, ...], code: int, message: str) -> None:
    before = config(own)
    result = own("tools", *argv)
    assert result.code == code
    assert result.err.startswith(f"llmchat: {message}")
    assert result.out == ""
    assert "Traceback" not in result.err
    assert config(own) == before


def test_a_call_that_takes_too_long_ends_like_any_time_out(own: Shell) -> None:
    (own.home / "config.toml").write_text("[tools.own]\ntimeout = 0.2\n" + scripted())
    assert told(own("tools", "run", "own/slow")) == (
        6,
        "llmchat: own/slow did not answer within 0.2 s.",
    )


@pytest.mark.parametrize("name", ["own/slow", "nap"])
def test_who_takes_too_long_can_be_allowed_more(own: Shell, name: str) -> None:
    nap = '[tools.nap]\ntype = "command"\ncommand = "sleep"\nargs = ["9"]\ntimeout = 0.2\n'
    (own.home / "config.toml").write_text("[tools.own]\ntimeout = 0.2\n" + scripted() + nap)
    _, _, hint = own("tools", "run", name).err.rstrip().rpartition("allow more: llmchat ")
    assert own(*hint.split()).code == 0
    assert f"[tools.{name.partition('/')[0]}]\n" in config(own)
    assert "timeout = 300" in config(own)


def test_a_server_that_does_not_start_is_told_with_its_last_words(own: Shell) -> None:
    (own.home / "config.toml").write_text("[tools.own]\n" + scripted("dead"))
    result = own("tools", "test", "own")
    assert told(result) == (3, "llmchat: tool server own did not start: no such database")
    assert "see its log: " in result.err
    doctor = own("doctor", "--json")
    (check,) = (c for c in doctor.json["checks"] if c["about"] == "tool own")
    assert (check["state"], doctor.code) == ("failed", 3)


def test_the_doctor_starts_each_server(own: Shell) -> None:
    own("tools", "add", "words", "--type", "command", "--", "wc", "-c")
    checks = {check["about"]: check for check in own("doctor", "--json").json["checks"]}
    assert checks["tool own"]["said"].startswith("5 tools, MCP 2025-11-25, ")
    assert checks["tool words"]["said"] == "1 tool"


def test_hostile_names_and_results_do_nothing_to_a_terminal(own: Shell) -> None:
    (own.home / "config.toml").write_text("[tools.own]\n" + scripted("hostile"))
    show = own("tools", "show", "own", screen=True)
    (own.home / "config.toml").write_text("[tools.own]\n" + scripted())
    run = own("tools", "run", "own/echo", screen=True)
    for result in (show, run):
        assert result.code == 0
        assert not any(sign in result.text for sign in ESCAPES)
    assert "^[]0;owned" in run.out
    assert own("tools", "run", "own/echo").out == "\x1b]0;owned\x07\x1b[31mred\u202e\n"


def test_a_path_that_was_typed_counts_from_here(own: Shell) -> None:
    (own.cwd / "docs").mkdir()
    own("tools", "add", "a", "--", "./server", "docs", "--flag")
    (a,) = (row for row in own("tools", "list", "--json").json if row["name"] == "a")
    assert a["runs"] == f"{own.cwd / 'server'} docs --flag"
    assert own("config", "get", "tools.a.cwd").out == f"{own.cwd}\n"


def test_a_reference_to_a_variable_is_not_a_key(own: Shell) -> None:
    own("tools", "add", "a", "https://a.example/mcp", "--header", "Authorization: Bearer ${TOK}")
    assert 'headers = { Authorization = "Bearer ${TOK}" }' in config(own)
    assert told(own("tools", "test", "a")) == (
        3,
        "llmchat: tools.a.headers.Authorization needs the variable TOK, which is not set",
    )


def test_a_key_in_a_table_is_masked_wherever_it_is_repeated(own: Shell) -> None:
    (own.home / "config.toml").write_text(
        '[tools.a]\ncommand = "sh"\nargs = ["-c", "echo bad key $API_KEY >&2; exit 1"]\n'
        "start_timeout = 60\n"
        'env = { API_KEY = "sk-of-a-test-0123456789" }\n'
    )
    (own.home / "config.toml").chmod(0o600)
    result = own("tools", "test", "a")
    assert "bad key" in result.err
    assert "0123456789" not in result.text + own("config", "list").text


def test_a_key_is_masked_in_an_argument_and_under_a_name_that_tells_nothing(own: Shell) -> None:
    (own.home / "config.toml").write_text(
        '[tools.a]\ncommand = "sh"\nstart_timeout = 60\n'
        'args = ["-c", "echo bad $OPENAI >&2; exit 1", "sk-learn-server", "--pat=ghp_0123456789"]\n'
        'env = { OPENAI = "sk-of-a-test-0123456789", PLAIN = "kept" }\n'
    )
    (own.home / "config.toml").chmod(0o644)
    shown = [own("tools", "test", "a"), own("tools", "list"), own("config", "list")]
    assert "contains a key and is readable by others" in shown[0].err
    assert not any("0123456789" in result.text for result in shown)
    assert "sk-learn-server '--pat=***'" in shown[1].out
    assert '"PLAIN": "kept"' in shown[2].out


def test_a_key_that_a_table_refers_to_is_masked_as_well(own: Shell) -> None:
    (own.home / "config.toml").write_text(
        '[tools.a]\ncommand = "sh"\nargs = ["-c", "echo bad $API_KEY, $PLAIN >&2; exit 1"]\n'
        'env = { API_KEY = "${MINE}", PLAIN = "${MY_TOKEN}" }\nstart_timeout = 60\n'
    )
    own.environ |= {"MINE": "sk-of-a-test-0123456789", "MY_TOKEN": "other-98765432"}
    result = own("tools", "test", "a")
    assert (result.code, "bad" in result.err) == (3, True)
    assert not any(key in result.text for key in ("0123456789", "98765432"))


def test_a_key_in_a_table_that_others_can_read_is_told(own: Shell) -> None:
    (own.home / "config.toml").write_text(
        '[tools.a]\nurl = "https://a.example"\nheaders = { Authorization = "Bearer 0123456789" }\n'
    )
    (own.home / "config.toml").chmod(0o644)
    assert "contains a key and is readable by others" in own("tools", "list").err


def test_settings_of_tools_are_read_and_set_like_any_other(own: Shell) -> None:
    assert own("config", "get", "tools.own.timeout").out == "60\n"
    assert own("config", "set", "tools.own.timeout", "5").code == 0
    assert own("config", "get", "tools.own.timeout").out == "5\n"
    assert own("config", "set", "tools.max_rounds", "3").code == 0
    assert "tools.max_rounds" in own("config", "list").out
    assert own("config", "set", "tools.own.tmieout", "5").err.startswith(
        "llmchat: there is no setting tools.own.tmieout (did you mean timeout?)"
    )
    assert own("config", "set", "tools.own.env.TOKEN", "abc").code == 2
    assert own("config", "set", "tools.own.env.TOKEN", "${MINE}").code == 0


CLAUDE = {
    "mcpServers": {
        "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "$ZONE"}},
        "own": {"command": "x"},
        "\x1b[31mred": {"command": "sh", "args": ["-c", "\x1b]0;x\x07"]},
        "gone": {"args": []},
    }
}
CODE = """{
  // of the editor
  "servers": {
    "git hub": {"type": "http", "url": "https://api.example/mcp", // "a comment"
      "headers": {"Authorization": "Bearer ${input:github-token}"}},
    "old": {"type": "sse", "url": "https://old.example/sse", "env": {"A": "${env:HOME}"}},
    "here": {"command": "x", "args": ["${workspaceFolder}"]},
  },
}"""


def test_servers_are_imported_from_a_file_of_claude(own: Shell) -> None:
    file = own.cwd / "claude.json"
    file.write_text(json.dumps(CLAUDE))
    result = own("tools", "import", "claude.json", "--yes", screen=True)
    assert (result.code, "Added time, 31mred." in result.out) == (0, True)
    assert 'env = { TZ = "${ZONE}" }' in config(own)
    assert "own skipped: there is already a tool own" in result.err
    assert "gone skipped: tools.gone needs a command or a url" in " ".join(result.err.split())
    assert not any(sign in result.text for sign in ESCAPES)


def test_servers_are_imported_from_a_file_of_an_editor(own: Shell) -> None:
    (own.cwd / "mcp.json").write_text(CODE)
    result = own("tools", "import", "mcp.json", "--yes")
    assert result.out == "Added git-hub, old.\n"
    assert 'headers = { Authorization = "Bearer ${GITHUB_TOKEN}" }' in config(own)
    assert '[tools.old]\ntype = "sse"\nurl = "https://old.example/sse"' in config(own)
    assert "needs the variable GITHUB_TOKEN" in result.err
    assert "here skipped: ${workspaceFolder} is known only to the other program" in result.err


def test_a_file_of_thousands_of_servers_is_not_imported(own: Shell) -> None:
    servers = {f"s{n}": {"command": "x"} for n in range(101)}
    (own.cwd / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    result = own("tools", "import", "mcp.json", "--yes")
    assert (result.code, "too large to import" in result.err) == (2, True)


def test_a_script_imports_nothing_without_a_yes(own: Shell) -> None:
    before = config(own)
    (own.cwd / "mcp.json").write_text(CODE)
    result = own("tools", "import", "mcp.json")
    assert told(result) == (2, "llmchat: nothing imported without confirmation")
    assert config(own) == before


def test_a_person_is_asked_about_each_server(own: Shell) -> None:
    before = config(own)
    (own.cwd / "claude.json").write_text(json.dumps(CLAUDE))
    refused = own("tools", "import", "claude.json", stdin="n\n\n", keyboard=True, screen=True)
    assert "Nothing added." in refused.out
    assert config(own) == before
    taken = own("tools", "import", "claude.json", stdin="y\nn\n", keyboard=True, screen=True)
    assert "time: uvx mcp-server-time" in taken.err
    assert "Added time." in taken.out


def test_a_file_without_servers_is_told(own: Shell) -> None:
    (own.cwd / "other.json").write_text('{"name": "x"}')
    assert own("tools", "import", "other.json", "--yes").code == 11
    (own.cwd / "text.json").write_text("hello")
    assert own("tools", "import", "text.json", "--yes").code == 2


def test_a_file_of_a_project_is_never_read(own: Shell) -> None:
    (own.cwd / ".mcp.json").write_text(json.dumps(CLAUDE))
    (own.cwd / ".llmchat.toml").write_text('[tools.evil]\ncommand = "sh"\n')
    result = own("tools", "list", "--json")
    assert [row["name"] for row in result.json] == ["own"]
    assert "tools is not allowed in a project file; ignored" in result.err


def test_a_missing_extra_is_one_line_with_what_to_type(own: Shell) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None\n"
        "from llmchat.cli.main import real_world, run\n"
        "sys.exit(run(['tools', 'show', 'own'], real_world()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=own.environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        "llmchat: tool server own needs the extra mcp",
        "  pip install 'llmchat-cli[mcp]'",
    ]


def test_files_are_private_and_nothing_stays_behind(own: Shell, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    (own.home / "config.toml").write_text("[tools.own]\n" + scripted(f"pids={file}"))
    own("tools", "run", "own/echo")
    for name in ("tools/own.json", "tool-logs/own.log"):
        assert stat.S_IMODE((own.home / name).stat().st_mode) == 0o600
    assert pids(file)
    assert none_alive(pids(file))
