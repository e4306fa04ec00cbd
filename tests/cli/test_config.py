"""`llmchat config` as a shell sees it: code, out and err."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.shell import Result, Shell, editor


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.mark.parametrize("key", ["ca_bundle", "providers.gigachat.client_key"])
def test_the_file_of_a_certificate_counts_from_where_it_is_typed(llmchat: Shell, key: str) -> None:
    (llmchat.cwd / "corp.pem").touch()
    for typed, kept in (("corp.pem", str(llmchat.cwd / "corp.pem")), ("its.pem", "its.pem")):
        assert llmchat("config", "set", key, typed).code == 0
        assert f'"{kept}"' in (llmchat.home / "config.toml").read_text()


def test_a_value_is_set_read_and_taken_away(llmchat: Shell, file: Path) -> None:
    assert llmchat("config", "set", "theme", "dark") == Result(0, "", "")
    assert file.read_text() == 'theme = "dark"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert llmchat("config", "get", "theme") == Result(0, "dark\n", "")
    assert llmchat("config", "unset", "theme") == Result(0, "", "")
    assert file.read_text() == ""
    assert llmchat("config", "get", "theme") == Result(0, "auto\n", "")


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("timeout", "90", "timeout = 90"),
        ("stall_timeout", "0.5", "stall_timeout = 0.5"),
        ("save", "no", "save = false"),
        ("retries", "0", "retries = 0"),
        ("max_input", "2 MB", 'max_input = "2 MB"'),
        ("fallback", "demo, yqcloud", 'fallback = ["demo", "yqcloud"]'),
        ("system", "", 'system = ""'),
        ("options.seed", "-1", "seed = -1"),
        ("options.stop", '["a", "b"]', 'stop = ["a", "b"]'),
        ('options."a b"', "x", '"a b" = "x"'),
        ("aliases.4o", "openai/gpt-4o", '4o = "openai/gpt-4o"'),
        ("providers.gigachat.scope", "GIGACHAT_API_B2B", 'scope = "GIGACHAT_API_B2B"'),
        ("providers.my-box.base_url", "http://127.0.0.1:1/v1", "[providers.my-box]\nbase_url ="),
        ("providers.openai.headers.X-Team", "5", 'X-Team = "5"'),
    ],
)
def test_values_are_written_as_what_they_are(
    llmchat: Shell, file: Path, key: str, value: str, written: str
) -> None:
    assert llmchat("config", "set", key, value) == Result(0, "", "")
    assert written in file.read_text()
    assert llmchat("config", "validate").code == 0


def test_comments_and_order_stay(llmchat: Shell, file: Path) -> None:
    file.write_text('# mine\ntheme = "dark"  # at night\n\n[aliases]\n# short\nf = "demo"\n')
    llmchat("config", "set", "theme", "light")
    llmchat("config", "set", "retries", "1")
    llmchat("config", "unset", "aliases.f")
    assert (
        file.read_text()
        == '# mine\ntheme = "light"  # at night\nretries = 1\n\n[aliases]\n# short\n'
    )


@pytest.mark.parametrize(
    ("argv", "code", "err"),
    [
        (("set", "them", "x"), 2, "there is no setting them (did you mean theme?)"),
        (("set", "providers.openai.modl", "x"), 2, "providers.openai.modl (did you mean model?)"),
        (
            ("set", "theme", "drak"),
            2,
            "theme must be one of auto, dark, light or the path of a file, not drak",
        ),
        (("set", "retries", "many"), 2, "retries must be a non-negative integer"),
        (("set", "provider", "gigchat"), 3, "not written: unknown provider gigchat"),
        (("set", "providers.opnai.model", "x"), 3, "not written: unknown provider opnai"),
        (("set", "providers.openai.base_url", "x.y"), 3, "base_url must be an https:// URL"),
        (("set", "proxy", "ftp://x"), 3, "not written: not a proxy URL (use http, https, socks5"),
        (("set", "options", "{}"), 2, "options is a table; set its entries one by one"),
        (("set", "options.x", "null"), 2, "null is not a TOML value"),
        (
            ("set", "options.x", "[" * 33 + "]" * 33),
            3,
            "must not be nested more than 32 levels deep",
        ),
        (
            ("set", "options.x", "[" * 600 + "]" * 600),
            3,
            "must not be nested more than 32 levels deep",
        ),
        (("set", "theme.x", "1"), 2, "theme has no settings below it"),
        (("set", "options.a.b", "1"), 2, "options has no settings below it"),
        (("set", "providers.openai", "x"), 2, "there is no setting providers.openai"),
        (("set", '"open', "x"), 2, "is not a setting name"),
        (("set", "", "x"), 2, "is not a setting name"),
        (("set", "a..b", "x"), 2, "is not a setting name"),
        (("unset", "theme"), 11, "theme is not set in"),
        (("unset", "a..b"), 2, "is not a setting name"),
        (("get", "options.x"), 11, "options.x is not set"),
        (("get", "providers.opnai.model"), 2, "unknown provider opnai (did you mean openai?)"),
    ],
)
def test_mistakes_are_refused_and_nothing_is_written(
    llmchat: Shell, file: Path, argv: tuple[str, ...], code: int, err: str
) -> None:
    result = llmchat("config", *argv)
    assert (result.code, result.out) == (code, "")
    assert err in result.err
    assert not file.exists() or file.read_text() == ""


def test_a_key_comes_from_stdin_and_is_never_shown(llmchat: Shell, file: Path) -> None:
    key = "providers.openai.api_key"
    refused = llmchat("config", "set", key, "sk-123456789")
    assert refused.code == 2
    assert "sk-123456789" not in refused.err
    assert llmchat("config", "set", key, "-").code == 2
    assert llmchat("config", "set", key, "-", stdin="sk-123456789\n") == Result(0, "", "")
    assert 'api_key = "sk-123456789"' in file.read_text()
    assert llmchat("config", "get", key) == Result(0, "***\n", "")
    for argv in (("list",), ("list", "--json"), ("validate",)):
        result = llmchat("config", *argv)
        assert "sk-123456789" not in result.out + result.err


def test_a_key_from_a_closed_or_an_endless_stdin_is_none(llmchat: Shell, file: Path) -> None:
    closed = io.StringIO()
    closed.close()
    key = "providers.openai.api_key"
    assert llmchat("config", "set", key, "-", stdin=closed).code == 2
    assert llmchat("auth", "openai", "--key-stdin", stdin=closed).code == 2
    refused = llmchat("config", "set", key, "-", stdin="x" * 100_000)
    assert (refused.code, "contains more than a key" in refused.err) == (2, True)
    assert not file.exists() or file.read_text() == ""


def test_a_header_that_carries_a_key_is_treated_as_one(llmchat: Shell) -> None:
    name = "providers.openai.headers.Authorization"
    assert llmchat("config", "set", name, "Bearer abc").code == 2
    assert llmchat("config", "set", name, "-", stdin="Bearer abc\n").code == 0
    assert "abc" not in llmchat("config", "list").out


def test_the_list_tells_where_each_value_comes_from(llmchat: Shell, file: Path) -> None:
    file.write_text("\nretries = 1\n[providers.demo]\noptions = { tokens = 5 }\n")
    result = llmchat("config", "list", LLMCHAT_THEME="dark")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.out.splitlines()}
    assert rows["retries"].split(maxsplit=1) == ["1", "config.toml line 2"]
    assert rows["theme"].split(maxsplit=1) == ["dark", "environment LLMCHAT_THEME"]
    assert rows["save"].split() == ["true", "default"]
    assert rows["providers.demo.options"].split(maxsplit=2) == [
        '{"tokens":',
        "5}",
        "config.toml line 4",
    ]
    assert llmchat("config") == llmchat("config", "list")


def test_the_list_is_json_as_well(llmchat: Shell, file: Path) -> None:
    file.write_text("retries = 1\n")
    rows = {row["key"]: row for row in json.loads(llmchat("config", "list", "--json").out)}
    assert rows["retries"] == {
        "key": "retries",
        "value": 1,
        "source": "config",
        "origin": "config.toml line 1",
        "file": str(file),
        "line": 1,
    }
    assert rows["theme"]["file"] is None
    assert json.loads(llmchat("config", "get", "retries", "--json").out) == rows["retries"]


def test_whoever_wins_over_the_file_is_told(llmchat: Shell) -> None:
    result = llmchat("config", "set", "theme", "dark", LLMCHAT_THEME="light")
    assert result.code == 0
    assert "theme is saved, but environment LLMCHAT_THEME takes precedence here" in result.err


def test_a_broken_file_stops_what_needs_it_and_not_what_mends_it(
    llmchat: Shell, file: Path
) -> None:
    file.write_text("theme = 'dark'\nretries = \n")
    for argv in (("config", "list"), ("config", "get", "theme"), ("ask", "-p", "demo", "hi")):
        result = llmchat(*argv)
        assert (result.code, result.out) == (3, "")
        assert "config.toml:2: invalid value" in result.err
        assert "llmchat config edit" in result.err
    assert llmchat("config", "path") == Result(0, f"{file}\n", "")
    assert llmchat("config", "validate").code == 3
    assert llmchat("config", "set", "theme", "light").code == 3
    assert llmchat("--version").code == 0
    assert llmchat("config", "--help").code == 0
    mended = llmchat("config", "edit", EDITOR=editor("file.write_text('retries = 1')"))
    assert mended == Result(0, "", "")
    assert llmchat("config", "get", "retries").out == "1\n"


def test_a_wrong_value_can_be_mended_by_command(llmchat: Shell, file: Path) -> None:
    file.write_text("theme = 'drak'\nretries = -1\n")
    assert llmchat("config", "set", "theme", "dark").code == 0
    assert llmchat("config", "unset", "retries").code == 0
    assert llmchat("config", "validate") == Result(0, f"{file}: valid\n", "")


def test_validate_names_every_mistake(llmchat: Shell, file: Path, tmp_path: Path) -> None:
    file.write_text("theme = 'drak'\nproxy = 'ftp://x'\nfallback = ['nobody']\n")
    result = llmchat("config", "validate")
    assert result.code == 3
    assert [line.rpartition("toml:")[2] for line in result.err.splitlines()] == [
        "1: theme must be one of auto, dark, light or the path of a file, not drak",
        "3: unknown provider nobody",
    ]
    file.write_text("retries = 1\nproxy = 'ftp://x'\n")
    result = llmchat("config", "validate", LLMCHAT_RETRIES="x", LLMCHAT_THEM="dark")
    assert "config.toml:2: not a proxy URL (use http" in result.err
    assert "LLMCHAT_RETRIES: retries must be a non-negative integer" in result.err
    assert "unknown variable LLMCHAT_THEM (did you mean LLMCHAT_THEME?)" in result.err
    file.unlink()
    assert llmchat("config", "validate") == Result(0, f"{file}: not found; using defaults\n", "")


def test_validate_reads_the_projects_file_too(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / ".llmchat.toml").write_text("proxy = 'x'\n")
    result = llmchat("config", "validate")
    assert result.code == 3
    assert ".llmchat.toml:1: proxy is not allowed in a project file; ignored" in result.err
    (tmp_path / ".llmchat.toml").write_text("model = 1\n")
    assert ".llmchat.toml:1: model must be a string" in llmchat("config", "validate").err
    result = llmchat("ask", "hi")
    assert result.code == 3
    assert result.err.endswith(".llmchat.toml:1: model must be a string\n  correct the file\n")


def test_edit_tells_of_a_name_that_no_file_can_have(llmchat: Shell) -> None:
    result = llmchat("config", "edit", EDITOR=editor("pass"), LLMCHAT_CONFIG="ж" * 200)
    assert (result.code, "File name too long" in result.err) == (3, True)


def test_edit_opens_a_file_that_explains_itself_and_checks_it(llmchat: Shell, file: Path) -> None:
    result = llmchat("config", "edit", EDITOR=editor("pass"), VISUAL="")
    assert result == Result(0, "", "")
    assert file.read_text().startswith("# Settings of llmchat.")
    result = llmchat("config", "edit", VISUAL=editor("file.write_text('modle = 1')"), EDITOR="x")
    assert result.code == 3
    assert "config.toml:1: unknown key modle (did you mean model?)" in result.err


@pytest.mark.parametrize(
    ("environ", "err"),
    [
        ({"EDITOR": "no-such-editor"}, "no-such-editor: No such file or directory"),
        ({"EDITOR": "'open"}, "EDITOR has an unclosed quote"),
        ({"EDITOR": "false", "PATH": "/bin:/usr/bin"}, "false exited with status 1"),
        ({"PATH": "/nowhere"}, "no editor found"),
    ],
)
def test_an_editor_that_fails_is_named(llmchat: Shell, environ: dict[str, str], err: str) -> None:
    result = Shell(llmchat.cwd, llmchat.environ | environ)("config", "edit")
    assert result.code in (2, 3)
    assert err in result.err


def test_without_a_choice_the_machines_own_editor_is_opened(llmchat: Shell, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "nano"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "retries = 7" > "$1"\n')
    program.chmod(0o755)
    nobody = llmchat("config", "edit", PATH=str(program.parent))
    assert (nobody.code, nobody.out) == (2, "")
    assert "the editor needs a terminal" in nobody.err
    assert not (tmp_path / "config.toml").exists()
    assert llmchat("config", "edit", keyboard=True, PATH=str(program.parent)).code == 0
    assert llmchat("config", "get", "retries").out == "7\n"


def test_path_names_every_place(llmchat: Shell, tmp_path: Path) -> None:
    """The four folders, so that a person who deletes them leaves nothing behind; Windows has
    others."""
    home = {**llmchat.environ, "HOME": str(tmp_path)}
    del home["LLMCHAT_HOME"]
    out = replace(llmchat, environ=home).process("config", "path", "--all").out
    places = {Path(line.split()[-1]) for line in out.splitlines()[1:]}
    assert tmp_path / ".local/share/llmchat/history.db" in places
    assert tmp_path / ".local/state/llmchat/repl_history" in places
    folders = (".local/share/llmchat", ".local/state/llmchat", ".cache/llmchat")
    assert places >= {tmp_path / folder for folder in folders}
    elsewhere = str(tmp_path / "work.toml")
    assert llmchat("config", "path", LLMCHAT_CONFIG=elsewhere).out == f"{elsewhere}\n"


def test_a_stored_key_is_listed_by_its_origin(llmchat: Shell, tmp_path: Path) -> None:
    from llmchat.store.private.credentials import Credential, Credentials
    from llmchat.values.secret import Secret

    Credentials(tmp_path / "credentials.json").put("openai", Credential(Secret("sk-123456789")))
    listed = llmchat("config", "list").out
    row = next(line for line in listed.splitlines() if line.startswith("providers.openai.api_key"))
    assert row.split(maxsplit=2)[1:] == ["***", "llmchat auth"]


def test_what_a_setting_or_a_template_says_does_not_act_on_a_terminal(llmchat: Shell) -> None:
    (llmchat.home / "config.toml").write_text('system = "a\\u001b[2J\\u202eb"\n')
    (llmchat.home / "templates").mkdir()
    (llmchat.home / "templates" / "t.md").write_text("a\x1b[2J\u202eb\n")
    for argv in (("config", "get", "system"), ("templates", "show", "t")):
        assert llmchat(*argv, screen=True).out == "a^[[2J<U+202E>b\n"
        assert llmchat(*argv).out == "a\x1b[2J\u202eb\n"


def test_a_home_with_a_name_that_is_too_long_is_described(llmchat: Shell) -> None:
    described = llmchat("doctor", LLMCHAT_HOME="/" + "a" * 5000)
    assert (described.code, "internal error" in described.err) == (3, False)


def test_half_a_character_is_printed_as_a_question_mark(llmchat: Shell) -> None:
    llmchat.environ["LLMCHAT_OPTIONS"] = '{"a": "\\ud800"}'
    assert llmchat.process("config", "get", "options") == Result(0, '{"a": "?"}\n', "")
