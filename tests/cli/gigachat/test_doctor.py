"""`llmchat doctor`: each check on its own, and the whole examination through the command line."""

from __future__ import annotations

import json
import shlex
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from llmchat.app.doctor import network
from llmchat.app.doctor.account import clock_check
from llmchat.app.doctor.check import Check, as_document, check_table, exit_code, failed, summary
from llmchat.errors import NetworkError
from llmchat.render.tables.columns import columns
from llmchat.render.tables.table import Styled, parts
from llmchat.world import Clock
from tests.servers.gigachat import KEY, OAUTH, StrictGigaChat, refusal, server_context
from tests.shell import Shell

Environ = Callable[[Mapping[str, str]], Shell]
BAD = Check("keys", "failed", "gone", "llmchat auth", 4)
FINE = Check("folder", "ok", "there")
DOUBT = Check("clock", "warning", "late", "set it")


@pytest.fixture
def signed_in(shell: Shell) -> Shell:
    assert shell("auth", "gigachat", "--key-stdin", stdin=KEY).code == 0
    return shell


def findings(shell: Shell, *argv: str) -> dict[str, list[dict[str, Any]]]:
    """The checks grouped by state."""
    done = shell("doctor", "--json", *argv)
    assert done.err == ""
    found: dict[str, list[dict[str, Any]]] = {}
    for check in json.loads(done.out)["checks"]:
        found.setdefault(check["state"], []).append(check)
    return found


def said(checks: list[dict[str, Any]]) -> str:
    return "\n".join(f"{c['about']}: {c['said']} -> {c['remedy']}" for c in checks)


def test_findings_are_a_line_each_with_what_to_do() -> None:
    assert columns(check_table([FINE, BAD, DOUBT])).splitlines() == [
        "✓ folder  there",
        "✗ keys    gone -> llmchat auth",
        "! clock   late -> set it",
    ]
    assert columns(check_table([FINE], utf8=False)) == "ok folder  there"
    assert Styled("✗", "error") in parts(check_table([BAD]).rows[0][0])


def test_doctor_advises_nobody_to_run_doctor() -> None:
    error = NetworkError("it closed the connection")
    error.rewrite(lambda text: text.replace("connection", "***"))  # whatever its words are
    assert error.hint == "llmchat doctor finds where the *** fails"
    assert failed("API", error).remedy == "a firewall may block it; try another network or --proxy"


def test_findings_are_counted() -> None:
    sums = [summary(found) for found in ([FINE, BAD, DOUBT], [DOUBT], [FINE])]
    assert sums == ["1 failed, 1 warning", "0 failed, 1 warning", "All checks passed."]


def test_findings_are_json_too() -> None:
    document = as_document([FINE, BAD])
    assert document["counts"] == {"ok": 1, "warning": 0, "failed": 1, "skipped": 0}
    assert document["checks"][1] == {
        "about": "keys",
        "state": "failed",
        "said": "gone",
        "remedy": "llmchat auth",
        "exit_code": 4,
    }


def test_the_first_failure_gives_the_exit_code() -> None:
    assert exit_code([FINE, DOUBT]) == 0
    assert exit_code([FINE, BAD, replace(BAD, exit_code=5)]) == 4
    assert exit_code([replace(BAD, exit_code=0)]) == 1


def test_without_a_name_only_what_is_set_up_is_called(shell: Shell, server: StrictGigaChat) -> None:
    server.asked.clear()
    found = findings(shell)
    assert server.asked == []
    assert "none is set up" in said(found["skipped"])


def test_live_tells_the_answer_to_a_real_question(signed_in: Shell, server: StrictGigaChat) -> None:
    done = signed_in("doctor", "gigachat", "--live")
    assert 'asked "Reply with the word OK.", answered "' in done.out
    assert "gigachat API" in done.out
    assert "gigachat auth" in done.out


def test_without_colour_nothing_is_bold(shell: Shell) -> None:
    done = shell("doctor", "--color", "never", screen=True)
    assert "\x1b[" not in done.out


def test_everything_in_order_is_told_step_by_step(signed_in: Shell) -> None:
    done = signed_in("doctor", "gigachat", "--live")
    assert done.code == 0, done.out
    for step in ("DNS", "TCP", "TLS", "HTTP", "key", "scope", "token", "live", "clock"):
        assert step in done.out
    assert done.out.endswith("All checks passed.\n")


def test_without_live_no_token_is_bought_and_no_key_is_sent(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    sold = len(server.to(OAUTH))
    server.asked.clear()
    assert signed_in("doctor", "gigachat").code == 0
    assert sold == 1
    assert all("Authorization" not in asked.headers for asked in server.asked)


def test_a_missing_key_is_a_failure_only_where_it_was_asked_for(shell: Shell) -> None:
    done = shell("doctor", "gigachat")
    assert done.code == 4
    assert "not signed in -> llmchat auth gigachat" in done.out


def test_a_local_server_that_wants_a_key_is_told_without_sending_one(
    with_environ: Environ, ca_file: Path
) -> None:
    with StrictGigaChat(None, ca_file).running() as server:
        mine = {"LLMCHAT_LLAMACPP_BASE_URL": f"http://localhost:{server.port}/api/v1"}
        without = with_environ(mine)("doctor", "llamacpp")
        with_one = with_environ({**mine, "LLMCHAT_LLAMACPP_API_KEY": "sk-own"})(
            "doctor", "llamacpp"
        )
        assert not any("Authorization" in asked.headers for asked in server.asked)
    assert (without.code, "key: not signed in" in without.out) == (4, True)
    assert "llmchat auth llamacpp" in without.out
    assert (with_one.code, "key: from" in with_one.out) == (0, True)


def test_a_wrong_key_a_wrong_scope_and_a_revoked_key_are_told_apart(
    with_environ: Environ, server: StrictGigaChat
) -> None:
    wrong = with_environ({"GIGACHAT_CREDENTIALS": "rubbish!"})
    assert "not base64" in said(findings(wrong, "gigachat")["failed"])
    scope = with_environ({"GIGACHAT_CREDENTIALS": KEY, "GIGACHAT_SCOPE": "PERS"})
    assert "unknown scope PERS" in said(findings(scope, "gigachat")["warning"])
    server.keys[KEY] = "GIGACHAT_API_CORP"
    other = with_environ({"GIGACHAT_CREDENTIALS": KEY})
    done = other("doctor", "gigachat", "--live")
    assert done.code == 3
    assert "not belong to the scope" in done.out
    server.keys.clear()
    assert other("doctor", "gigachat", "--live").code == 4


def test_a_key_from_a_command_is_only_fetched_with_live(with_environ: Environ) -> None:
    shell = with_environ({})
    ran = shell.cwd / "ran"
    command = shlex.join(["sh", "-c", f"echo x >> {ran}; echo {KEY}"])
    shell.environ["LLMCHAT_GIGACHAT_API_KEY_COMMAND"] = command
    assert "printed by a command" in said(findings(shell, "gigachat")["skipped"])
    assert not ran.exists()
    done = shell("doctor", "gigachat", "--live")
    assert done.code == 0, done.out
    assert ran.exists()


def test_a_wrong_clock_is_measured(signed_in: Shell, server: StrictGigaChat) -> None:
    now = signed_in.clock.now
    server.clock = lambda: now() + 3600
    found = findings(signed_in, "gigachat")
    assert "60 min behind gigachat's" in said(found["warning"])


def test_clocks_are_told_in_words() -> None:
    date = "Tue, 14 Jul 2026 03:33:20 GMT"
    now = datetime(2026, 7, 14, 3, 33, 20, tzinfo=UTC).timestamp()
    for ours, words in (
        (now, "matches"),
        (now + 45, "45 s ahead of"),
        (now - 600, "10 min behind"),
    ):
        check = clock_check("gigachat", date, ours)
        assert check
        assert words in check.said
    assert clock_check("gigachat", "", now) is None


def test_a_refused_certificate_is_named_with_its_dates(
    with_environ: Environ, rogue: StrictGigaChat
) -> None:
    shell = with_environ({"GIGACHAT_BASE_URL": rogue.base_url})
    done = shell("doctor", "gigachat")
    assert done.code == 5
    line = next(line for line in done.out.splitlines() if "not trusted" in line)
    assert f"localhost:{rogue.port}" in line
    assert "trustme" in line
    assert "valid 2000-01-01 to 3000-01-01" in line
    assert "ca_bundle" in line


def test_a_certificate_for_another_host_points_to_the_address(
    with_environ: Environ, authority: trustme.CA, ca_file: Path
) -> None:
    with StrictGigaChat(server_context(authority, "giga.example"), ca_file).running() as other:
        done = with_environ({"GIGACHAT_BASE_URL": other.base_url})("doctor", "gigachat")
    line = next(line for line in done.out.splitlines() if "not trusted" in line)
    assert "giga.example" in line
    assert line.endswith("check the host name in base_url; another machine may be answering")


def test_an_expired_certificate_points_to_the_clock(
    with_environ: Environ, authority: trustme.CA, ca_file: Path
) -> None:
    over = datetime.now(UTC) - timedelta(days=2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=over).configure_cert(context)
    with StrictGigaChat(context, ca_file).running() as old:
        done = with_environ({"GIGACHAT_BASE_URL": old.base_url})("doctor", "gigachat")
    assert "expired" in done.out
    assert "check this computer's date and time" in done.out


def test_a_certificate_near_its_end_is_worth_a_word(
    with_environ: Environ, authority: trustme.CA, ca_file: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    soon = datetime.now(UTC) + timedelta(days=5)
    authority.issue_cert("localhost", not_after=soon).configure_cert(context)
    with StrictGigaChat(context, ca_file).running() as ending:
        found = findings(with_environ({"GIGACHAT_BASE_URL": ending.base_url}), "gigachat")
    assert "it expires in 4 days" in said(found["warning"])


def test_a_closed_port_and_an_unknown_host_are_told(with_environ: Environ) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"https://127.0.0.1:{taken.getsockname()[1]}/api/v1"
        assert (
            "cannot connect to"
            in with_environ({"GIGACHAT_BASE_URL": closed})("doctor", "gigachat").out
        )
    unknown = with_environ({"GIGACHAT_BASE_URL": "https://nowhere.invalid/api/v1"})
    done = unknown("doctor", "gigachat")
    assert done.code == 5
    assert "cannot resolve nowhere.invalid" in done.out


def test_a_port_that_speaks_no_tls_is_told(with_environ: Environ, ca_file: Path) -> None:
    with StrictGigaChat(None, ca_file).running() as plain:
        shell = with_environ({"GIGACHAT_BASE_URL": f"https://localhost:{plain.port}/api/v1"})
        assert "no TLS connection to localhost" in shell("doctor", "gigachat").out


def test_a_server_that_keeps_silent_does_not_answer(
    with_environ: Environ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        done = with_environ({"GIGACHAT_BASE_URL": f"https://{place}/api/v1"})("doctor", "gigachat")
    assert f"{place} did not answer within 0.2 s" in done.out


def test_an_unwell_service_and_cloudflare_are_told(
    signed_in: Shell, server: StrictGigaChat
) -> None:
    server.script["/api/v1/models"].append(refusal(503, "Maintenance"))
    assert "server error (503)" in said(findings(signed_in, "gigachat")["warning"])
    server.script["/api/v1/models"].append(refusal(403, "<title>Just a moment...</title>"))
    assert "Cloudflare" in said(findings(signed_in, "gigachat")["warning"])


def test_a_proxy_takes_the_place_of_the_direct_way(with_environ: Environ) -> None:
    shell = with_environ({"HTTPS_PROXY": "http://user:hush@127.0.0.1:1"})
    done = shell("doctor", "gigachat")
    assert "through the proxy http://127.0.0.1:1" in done.out
    assert "hush" not in done.text
    assert done.code == 5


def offline(with_environ: Environ) -> Shell:
    """No test contacts a keyless service."""
    dead = {
        f"LLMCHAT_{n}_BASE_URL": "https://x.invalid" for n in ("CHATGLM", "YQCLOUD", "CHATGPTT")
    }
    return with_environ(dead)


def test_the_whole_examination_covers_files_settings_and_terminal(with_environ: Environ) -> None:
    shell = offline(with_environ)
    done = shell("doctor")
    for about in ("llmchat", "terminal", "encoding", "proxy", "settings", "folder", "keys"):
        assert f" {about} " in done.out
    assert done.code == 0, done.out  # GigaChat without a key is nobody's failure here
    assert "~/home" in done.out
    assert str(shell.cwd) not in done.out


def test_a_folder_whose_name_begins_like_the_home_folder_is_named_whole(
    with_environ: Environ, tmp_path: Path
) -> None:
    shell = offline(with_environ)
    shell.environ |= {"HOME": str(tmp_path / "al"), "LLMCHAT_HOME": str(tmp_path / "alice")}
    (tmp_path / "alice").mkdir(mode=0o700)
    assert "alice/history.db" in shell("doctor").out


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"TERM": "xterm-256color", "COLUMNS": "90", "LINES": "30"}, "xterm-256color, 90x30, colo"),
        ({"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "90"}, "no colour"),
        ({"TERM": "dumb", "COLUMNS": "90"}, "set TERM=xterm-256color"),
        ({"TERM": "xterm", "COLUMNS": "20"}, "40 columns"),
        ({"NO_PROXY": "*", "HTTP_PROXY": "http://u:hush@p:1"}, "HTTP_PROXY=http://p:1, NO_PROXY=*"),
    ],
)
def test_the_terminal_and_the_proxies_are_told(
    with_environ: Environ, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], line: str
) -> None:
    for name in ("COLUMNS", "LINES"):  # the standard library looks at the process' own
        monkeypatch.setenv(name, environ.get(name, "30"))
    shell = with_environ({**offline(with_environ).environ, **environ})
    done = shell("doctor", "--color", "never", screen=True)
    assert line in " ".join(done.out.split())  # folded where the screen ends


def test_colours_mark_what_failed(shell: Shell) -> None:
    assert "\x1b[31m" in shell("doctor", "gigachat", "--color", "always").out


def test_every_mistake_in_the_settings_is_named_with_its_line(with_environ: Environ) -> None:
    shell = offline(with_environ)
    shell.home.mkdir(mode=0o700)
    (shell.home / "config.toml").write_text('modle = "x"\nretries = "many"\n')
    done = shell("doctor")
    assert done.code == 3
    assert "config.toml:1: unknown key modle" in done.out
    assert "config.toml:2:" in done.out
    (shell.home / "config.toml").write_text("= broken")
    assert "config.toml:1:" in shell("doctor").out


def test_a_wrong_variable_is_a_finding_too(with_environ: Environ) -> None:
    shell = offline(with_environ)
    shell.environ["LLMCHAT_PROVIDER"] = "gigachta"
    done = shell("doctor")
    assert done.code == 3
    assert "gigachta" in done.out


def test_loose_damaged_and_foreign_files_are_told(with_environ: Environ) -> None:
    shell = offline(with_environ)
    assert shell("auth", "gigachat", "--key-stdin", stdin=KEY).code == 0
    shell.home.chmod(0o755)
    (shell.home / "credentials.json").chmod(0o640)
    (shell.home / "russian_trusted_root_ca.crt").write_text("broken")
    (shell.home / "history.db").write_bytes(b"SQLite format 3\0" + b"?" * 8000)
    done = shell("doctor")
    assert done.code == 3
    for words in (
        "is accessible to others (0755)",
        "credentials.json was accessible to others (mode 0640)",
        "russian_trusted_root_ca.crt was damaged",
        "history.db is damaged",
    ):
        assert words in done.out, words
    (shell.home / "credentials.json").write_text("{")
    assert "credentials.json is damaged" in shell("doctor").out


def test_a_refused_store_does_not_end_the_examination(with_environ: Environ) -> None:
    shell = offline(with_environ)
    shell.home.mkdir(mode=0o700)
    for name in ("credentials.json", "tokens.json"):
        (shell.home / name).symlink_to(shell.home / "elsewhere")
        (shell.home / "elsewhere").touch(mode=0o600)
    done = shell("doctor")
    assert done.code == 3
    assert done.out.count("symbolic link") >= 2


def test_an_unknown_provider_is_a_usage_error(shell: Shell) -> None:
    assert shell("doctor", "gigachta").code == 2


def test_the_offline_provider_has_nothing_to_fail(shell: Shell) -> None:
    assert shell("doctor", "demo").code == 0


def test_a_context_for_another_name_is_named(
    with_environ: Environ, authority: trustme.CA, ca_file: Path
) -> None:
    context = server_context(authority, "elsewhere.example")
    with StrictGigaChat(context, ca_file).running() as other:
        done = with_environ({"GIGACHAT_BASE_URL": other.base_url})("doctor", "gigachat")
    assert "not valid for 'localhost'" in done.out


def test_the_time_of_the_world_is_used(shell: Shell) -> None:
    late = Shell(shell.cwd, shell.environ, Clock(now=lambda: 4_000_000_000.0))
    assert "clock" in said(findings(late, "gigachat")["warning"])
