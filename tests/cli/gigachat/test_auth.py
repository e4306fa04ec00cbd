"""`llmchat auth`: what a person sees, what is stored, and that a key never appears."""

from __future__ import annotations

import base64
import http.server
import json
import os
import shlex
import stat
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pexpect
import pytest

from llmchat.root_certificate import is_russian_root
from llmchat.store.private.credentials import Credentials
from tests.servers.gigachat import KEY, MODELS, OAUTH, Canned, StrictGigaChat, refusal
from tests.shell import Shell

Environ = Callable[[Mapping[str, str]], Shell]
HALVES = base64.b64decode(KEY).decode().split(":")


def sign_in(shell: Shell) -> None:
    assert shell("auth", "gigachat", "--key-stdin", stdin=KEY).code == 0


def test_a_key_from_stdin_signs_in_and_says_all_that_matters(shell: Shell) -> None:
    done = shell("auth", "gigachat", "--key-stdin", stdin=f"Basic {KEY}\n")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Signed in to gigachat with the scope GIGACHAT_API_PERS.\n"
        "Token valid for 30 min; renewed automatically.\n"
        "Models: GigaChat-2, GigaChat-2-Pro, GigaChat-2-Max\n"
    )


@pytest.mark.parametrize("scope", ["GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP"])
def test_the_scope_is_found_by_trying_and_used_from_then_on(
    shell: Shell, server: StrictGigaChat, scope: str
) -> None:
    server.keys[KEY] = scope
    assert scope in shell("auth", "gigachat", "--key-stdin", stdin=KEY).out
    tried = len(server.to(OAUTH))
    assert shell("ask", "-p", "gigachat", "Hi").out == "Привет!\n"
    assert len(server.to(OAUTH)) == tried


def test_a_given_scope_is_the_only_one_that_is_tried(shell: Shell, server: StrictGigaChat) -> None:
    done = shell("auth", "gigachat", "--key-stdin", "--scope", "b2b", stdin=KEY)
    assert done.code == 3
    assert "does not belong to the scope GIGACHAT_API_B2B" in done.err
    assert len(server.to(OAUTH)) == 1
    assert not (shell.home / "credentials.json").exists()


def test_a_configured_scope_that_does_not_fit_is_told(with_environ: Environ) -> None:
    shell = with_environ({"GIGACHAT_SCOPE": "GIGACHAT_API_CORP"})
    done = shell("auth", "gigachat", "--key-stdin", stdin=KEY)
    assert done.code == 0
    assert "GIGACHAT_API_CORP does not match" in done.err


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("", 4, "it is empty"),
        ("0a1b2c3d-0000-4000-8000-000000000001", 4, "client ID"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", 4, "access token"),
        ("rubbish!", 4, "not base64"),
        (base64.b64encode(b"id:unknown").decode(), 4, "wrong or was revoked"),
    ],
)
def test_a_wrong_key_is_explained_and_not_kept(
    shell: Shell, typed: str, code: int, said: str
) -> None:
    done = shell("auth", "gigachat", "--key-stdin", stdin=typed)
    assert done.code == code
    assert said in done.err
    assert len(done.err.splitlines()) == 2
    assert not (shell.home / "credentials.json").exists()


def test_a_key_comes_from_a_file_or_a_command_too(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(f"\ufeff{KEY}\n")
    assert shell("auth", "gigachat", "--key-file", "key.txt").code == 0
    (tmp_path / "plain.txt").write_text(KEY)
    command = shlex.join(["cat", str(tmp_path / "plain.txt")])
    assert shell("auth", "gigachat", "--key-command", command).code == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--key-file", "none.txt"], "none.txt"),
        (["--key-command", "false"], "--key-command: false exited with status 1"),
        (["--key-command", " "], "--key-command is empty\n  check --key-command"),
        (["--key-stdin", "--key-file", "x"], "only one of"),
        ([], "without a terminal"),
    ],
)
def test_a_key_that_cannot_be_had_is_explained(shell: Shell, argv: list[str], said: str) -> None:
    done = shell("auth", "gigachat", *argv)
    assert done.code in (2, 3)
    assert said in done.err


def test_a_key_file_may_be_named_from_the_home_folder(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `--key-file=~/key`, which a shell leaves as it is."""
    (tmp_path / "key.txt").write_text(KEY)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shell("auth", "gigachat", "--key-file=~/key.txt").code == 0


@pytest.mark.parametrize("command", ["login", "logout", "token", "status"])
def test_an_empty_name_is_no_provider(shell: Shell, command: str) -> None:
    """An unset variable in a script would send the key to the first provider."""
    given = ("--key-stdin",) if command == "login" else ()
    done = shell("auth", command, "", *given, stdin="sk-key")
    assert done.code == (4 if command == "status" else 2)
    assert not (shell.home / "credentials.json").exists()


def test_without_a_terminal_the_other_ways_are_named(shell: Shell) -> None:
    done = shell("auth", "gigachat")
    assert done.code == 2
    assert "--key-stdin" in done.err


@pytest.mark.parametrize(
    "argv", [["gigachat", KEY], [KEY], ["gigachat", "--key", KEY], ["gigachat", f"--key={KEY}"]]
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(
    shell: Shell, argv: list[str]
) -> None:
    done = shell("auth", *argv)
    assert done.code == 2
    assert KEY not in done.text


def test_auth_alone_is_its_status(shell: Shell) -> None:
    done = shell("auth")
    assert done == shell("auth", "status")
    assert "llmchat auth gigachat" in done.err


def test_the_help_names_every_way_to_give_a_key(shell: Shell) -> None:
    done = shell.process("auth", "gigachat", "--help")
    assert done.code == 0
    for flag in ("--key-stdin", "--key-file", "--key-command", "--scope", "--keyring"):
        assert flag in done.out


def test_a_key_larger_than_any_key_is_refused(shell: Shell) -> None:
    assert shell("auth", "gigachat", "--key-stdin", stdin="x" * 70_000).code == 2


def test_the_terminal_shows_nothing_of_what_is_typed(shell: Shell) -> None:
    """A paste of two lines is one key, and its second line does not reach the shell."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "llmchat", "auth", "gigachat"],
        env={**shell.environ, "TERM": "xterm"},
        encoding="utf-8",
        timeout=60,
    )
    child.expect("input hidden")
    assert child.waitnoecho(timeout=60)
    child.send(f"{KEY[:50]}\n{KEY[50:]}\n")
    child.expect("Make GigaChat the default")
    said = child.before or ""
    child.send("n\n")
    child.expect(pexpect.EOF)
    child.close()
    said += child.before or ""
    assert child.exitstatus == 0, said
    assert "Signed in to gigachat" in said
    assert KEY[:50] not in said
    assert KEY[50:] not in said


def test_an_interrupted_prompt_gives_the_echo_back(shell: Shell) -> None:
    command = (
        f"{shlex.quote(sys.executable)} -m llmchat auth gigachat; stty -a | grep -o -- '-*echo '"
    )
    child = pexpect.spawn(
        "/bin/sh", ["-c", f"trap : INT; {command}"], env=shell.environ, encoding="utf-8", timeout=60
    )
    child.expect("input hidden")
    assert child.waitnoecho(timeout=60)
    child.sendintr()
    if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=30):  # it came just before the wait
        child.sendintr()
        child.expect(pexpect.EOF)
    assert (child.before or "").split()[-1] == "echo"


def test_status_tells_where_each_key_lies_and_asks_nobody(
    shell: Shell, server: StrictGigaChat
) -> None:
    sign_in(shell)
    before = len(server.asked)
    done = shell("auth", "status")
    assert done.code == 0
    assert "gigachat" in done.out
    assert "credentials.json" in done.out
    assert "30 min left" in done.out
    (row,) = json.loads(shell("auth", "status", "--json").out)
    assert row.pop("fingerprint")
    assert row.pop("token_seconds") > 1700
    assert row == {
        "provider": "gigachat",
        "signed_in": True,
        "origin": "credentials.json",
        "scope": "GIGACHAT_API_PERS",
    }
    assert len(server.asked) == before


def test_status_without_anybody_ends_with_4(shell: Shell) -> None:
    assert shell("auth", "status").code == 4
    done = shell("auth", "status", "zai", "--json")
    assert done.code == 4
    assert json.loads(done.out)[0]["signed_in"] is False


def test_status_names_the_variable_and_does_not_run_a_command(with_environ: Environ) -> None:
    shell = with_environ({"GIGACHAT_CREDENTIALS": KEY, "LLMCHAT_OPENAI_API_KEY_COMMAND": "touch"})
    shell.environ["LLMCHAT_OPENAI_API_KEY_COMMAND"] += f" {shell.cwd / 'ran'}"
    rows = {row["provider"]: row for row in json.loads(shell("auth", "status", "--json").out)}
    assert "GIGACHAT_CREDENTIALS" in rows["gigachat"]["origin"]
    assert "api_key_command" in rows["openai"]["origin"]
    assert not (shell.cwd / "ran").exists()


def test_status_goes_on_when_one_provider_is_set_up_wrongly(with_environ: Environ) -> None:
    shell = with_environ({"OPENAI_API_KEY": "sk-x", "LLMCHAT_OPENAI_RETRIES": "many"})
    sign_in(shell)
    done = shell("auth", "status")
    assert done.code == 0
    assert "gigachat" in done.out
    assert "openai" in done.out
    assert "LLMCHAT_OPENAI_RETRIES" in done.err


def test_a_variable_that_wins_over_the_new_key_is_told(with_environ: Environ) -> None:
    shell = with_environ({"GIGACHAT_CREDENTIALS": KEY})
    assert "takes precedence" in shell("auth", "gigachat", "--key-stdin", stdin=KEY).err
    assert "still sets a key" in shell("auth", "logout", "gigachat").err


def test_logout_forgets_key_and_token(shell: Shell) -> None:
    sign_in(shell)
    assert shell("auth", "logout", "gigachat").code == 0
    kept = (shell.home / "credentials.json").read_text() + (shell.home / "tokens.json").read_text()
    assert KEY not in kept
    assert "token-canary" not in kept
    assert shell("auth", "logout", "gigachat").code == 11


def test_token_prints_a_valid_token_and_nothing_else(shell: Shell, server: StrictGigaChat) -> None:
    assert shell("auth", "token").code == 4
    sign_in(shell)
    done = shell("auth", "token", "gigachat")
    assert (done.code, done.err) == (0, "")
    assert done.out.strip() in server.tokens
    assert shell("auth", "token", "openai").code == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [("demo", "does not need a key"), ("chatglm", "does not need a key"), ("gigachta", "gigachat")],
)
def test_who_takes_no_key_or_does_not_exist_is_told(shell: Shell, name: str, said: str) -> None:
    done = shell("auth", name, "--key-stdin", stdin="x")
    assert done.code == 2
    assert said in done.err


class OpenAIServer(http.server.BaseHTTPRequestHandler):
    """Lists models for one key."""

    status: ClassVar[int] = 200

    def do_GET(self) -> None:
        good = self.headers.get("Authorization") == "Bearer sk-good"
        status = self.status if good else 401
        body = json.dumps({"data": [{"id": "m-1"}]} if status == 200 else {"error": {}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def openai_server(status: int = 200) -> Iterator[str]:
    handler = type("Handler", (OpenAIServer,), {"status": status})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def test_any_provider_with_a_key_is_signed_in_the_same_way(with_environ: Environ) -> None:
    with openai_server() as url:
        shell = with_environ({"LLMCHAT_ZAI_BASE_URL": url})
        done = shell("auth", "zai", "--key-stdin", stdin=' "sk-good"\n')
        assert (done.code, done.out) == (0, "Signed in to zai.\nModels: m-1\n")
        refused = shell("auth", "zai", "--key-stdin", stdin="sk-bad")
        assert refused.code == 4
    assert Credentials(shell.home / "credentials.json").names() == ("zai",)
    assert "zai" in shell("auth", "status").out
    assert shell("auth", "zai", "--key-stdin", "--scope", "B2B", stdin="sk-good").code == 2
    assert shell("auth", "zai", "--key-stdin", stdin="\n").code == 2
    assert shell("auth", "zai", "--key-stdin", stdin="ключ").code == 2


def test_a_key_that_cannot_be_tried_is_kept_and_that_is_said(with_environ: Environ) -> None:
    with openai_server(404) as url:
        done = with_environ({"LLMCHAT_ZAI_BASE_URL": url})(
            "auth", "zai", "--key-stdin", stdin="sk-good"
        )
    assert done.code == 0
    assert "could not be checked" in done.out


def test_signing_in_does_not_fail_for_want_of_a_list(shell: Shell, server: StrictGigaChat) -> None:
    server.script[MODELS].append(refusal(500, "down"))
    done = shell("auth", "gigachat", "--key-stdin", stdin=KEY)
    assert done.code == 0
    assert "cannot fetch the model list" in done.err


def test_the_first_sign_in_leaves_the_certificate_for_other_programs(shell: Shell) -> None:
    sign_in(shell)
    copy = shell.home / "russian_trusted_root_ca.crt"
    assert is_russian_root(copy.read_text())
    copy.write_text("broken")
    done = shell("ask", "-p", "gigachat", "Hi")
    assert done.out == "Привет!\n"
    assert "was damaged and has been replaced" in done.err


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_everything_that_is_kept_is_private_under_any_umask(shell: Shell, umask: int) -> None:
    done = shell.process("auth", "gigachat", "--key-stdin", stdin=KEY, umask=umask)
    assert done.code == 0, done.err
    modes = {
        str(path.relative_to(shell.home.parent)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in [shell.home, *shell.home.rglob("*")]
    }
    assert {mode for name, mode in modes.items() if (shell.cwd / name).is_dir()} == {"0o700"}
    assert {mode for name, mode in modes.items() if (shell.cwd / name).is_file()} == {"0o600"}
    assert "home/credentials.json" in modes
    assert "home/tokens.json" in modes


def test_a_looser_store_is_mended_with_a_warning(shell: Shell) -> None:
    sign_in(shell)
    (shell.home / "credentials.json").chmod(0o644)
    done = shell("ask", "-p", "gigachat", "Hi")
    assert done.out == "Привет!\n"
    assert "was accessible to others (mode 0644)" in done.err
    assert "accessible to others" not in shell("ask", "-p", "gigachat", "Hi").err


def test_a_store_that_is_a_link_is_refused(shell: Shell) -> None:
    sign_in(shell)
    path = shell.home / "credentials.json"
    path.rename(shell.cwd / "elsewhere.json")
    path.symlink_to(shell.cwd / "elsewhere.json")
    done = shell("ask", "-p", "gigachat", "Hi")
    assert done.code == 3
    assert "symbolic link" in done.err


def forms(secret: str) -> list[bytes]:
    plain = secret.encode()
    return [plain, base64.b64encode(plain), plain.hex().encode()]


def test_canaries_stay_in_the_two_stores(
    shell: Shell, server: StrictGigaChat, rogue: StrictGigaChat
) -> None:
    """Key, its secret half and token, through sign-in, questions, failures and the doctor."""
    shell.environ["LLMCHAT_DEBUG"] = "1"
    shell.environ["LLMCHAT_GIGACHAT_RETRIES"] = "0"
    shell.environ["LLMCHAT_ZAI_BASE_URL"] = rogue.base_url
    arguments: list[bytes] = []
    told = []
    with watched_arguments(arguments):
        told.append(shell.process("auth", "gigachat", "--key-stdin", stdin=KEY))
        told.append(shell.process("ask", "-p", "gigachat", "--json", "-u", "Hi"))
        for status in (400, 401, 403, 429, 500):
            echo = f"key {KEY} {HALVES[1]}"
            server.script["/api/v1/chat/completions"].append(refusal(status, echo))
            told.append(shell("ask", "-p", "gigachat", "--json", "Hi"))
            server.script[OAUTH].append(refusal(status, echo))
            told.append(shell("auth", "gigachat", "--key-stdin", stdin=KEY))
        redirect = Canned(307, headers={"Location": rogue.auth_url})
        server.script[OAUTH].append(redirect)
        told.append(shell("auth", "gigachat", "--key-stdin", stdin=KEY))
        told.append(shell.process("doctor", "gigachat", "--live"))
        told.append(shell("doctor", "--json", "gigachat"))
        told.append(shell("models", "gigachat", "--refresh"))
        told.append(shell("auth", "status", "--json"))
    stores = {shell.home / "credentials.json", shell.home / "tokens.json"}
    others = [p.read_bytes() for p in shell.home.rglob("*") if p.is_file() and p not in stores]
    places = [one.text.encode() for one in told] + others + arguments
    canaries = [KEY, HALVES[1], *server.tokens]
    assert len(server.tokens) >= 2
    assert [c for c in canaries for form in forms(c) if any(form in p for p in places)] == []
    assert KEY.encode() in (shell.home / "credentials.json").read_bytes()
    assert rogue.asked == []


@contextmanager
def watched_arguments(found: list[bytes]) -> Iterator[None]:
    """The arguments of every process of ours that runs meanwhile."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(found, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(5)


def _watch(found: list[bytes], over: threading.Event) -> None:
    while not over.wait(0.02):
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if place.stat().st_uid == os.geteuid():
                    found.append(place.read_bytes())
            except OSError:
                continue
