"""Keys by provider, in the file or in the system's keyring."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from llmchat.errors import StorageError
from llmchat.store.private.credentials import Credential, Credentials
from llmchat.store.private.keyring import Keyring
from llmchat.values.secret import Secret
from tests.tools.processes import alive, until

KEY = Credential(Secret("a-key-that-is-a-canary"), "GIGACHAT_API_B2B")

FAKE_KEYRING = """
    import json, sys
    from pathlib import Path
    action, service, name = sys.argv[-3:]
    store = Path(__file__).with_name("ring.json")
    keys = json.loads(store.read_text()) if store.exists() else {}
    if action == "get":
        if name not in keys:
            raise SystemExit(1)
        print(keys[name])
    elif action == "set":
        keys[name] = sys.stdin.read()
    else:
        keys.pop(name)
    store.write_text(json.dumps(keys))
    Path(__file__).with_name("argv").open("a").write(repr(sys.argv))
    """


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "credentials.json"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    script = tmp_path / "fake_keyring.py"
    script.write_text(textwrap.dedent(FAKE_KEYRING))
    return Keyring((sys.executable, str(script)))


def test_a_key_comes_back_as_it_was_put(path: Path) -> None:
    Credentials(path).put("gigachat", KEY)
    assert Credentials(path).get("gigachat") == KEY
    assert Credentials(path).get("openai") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_providers_do_not_disturb_each_other(path: Path) -> None:
    store = Credentials(path)
    store.put("gigachat", KEY)
    store.put("openai", Credential(Secret("other")))
    store.put("gigachat", Credential(Secret("newer")))
    assert store.names() == ("gigachat", "openai")
    assert store.get("openai") == Credential(Secret("other"))
    assert store.get("gigachat") == Credential(Secret("newer"))


def test_signing_out_removes_the_key_and_says_whether_there_was_one(path: Path) -> None:
    store = Credentials(path)
    store.put("gigachat", KEY)
    assert store.remove("gigachat") is True
    assert store.remove("gigachat") is False
    assert KEY.key.reveal() not in path.read_text()


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"version": 1}', '{"version": 1, "records": {"a": 3}}', "\x00", "[" * 100_000],
)
def test_a_damaged_file_is_an_error_and_stays_as_it_is(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(StorageError, match="damaged"):
        Credentials(path).get("gigachat")
    with pytest.raises(StorageError, match="damaged"):
        Credentials(path).put("gigachat", KEY)
    assert path.read_text() == content


def test_a_file_of_a_later_version_is_not_touched(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text(json.dumps({"version": 2, "records": {}}))
    path.chmod(0o600)
    with pytest.raises(StorageError, match="format"):
        Credentials(path).put("gigachat", KEY)


def test_a_key_in_the_keyring_is_in_no_file_and_no_argument(
    path: Path, keyring: Keyring, tmp_path: Path
) -> None:
    store = Credentials(path, keyring=lambda: keyring)
    store.put("gigachat", KEY, in_keyring=True)
    assert store.get("gigachat") == KEY
    assert store.is_in_keyring("gigachat")
    assert KEY.key.reveal() not in path.read_text()
    assert KEY.key.reveal() not in (tmp_path / "argv").read_text()
    assert store.remove("gigachat")
    assert store.get("gigachat") is None


def test_a_key_that_left_the_keyring_is_no_key(
    path: Path, keyring: Keyring, tmp_path: Path
) -> None:
    store = Credentials(path, keyring=lambda: keyring)
    store.put("gigachat", KEY, in_keyring=True)
    (tmp_path / "ring.json").unlink()
    assert store.get("gigachat") is None


def test_a_key_that_moves_to_the_file_leaves_the_keyring(
    path: Path, keyring: Keyring, tmp_path: Path
) -> None:
    store = Credentials(path, keyring=lambda: keyring)
    store.put("gigachat", KEY, in_keyring=True)
    store.put("gigachat", KEY)
    assert store.get("gigachat") == KEY
    assert KEY.key.reveal() not in (tmp_path / "ring.json").read_text()


def test_a_key_moves_out_of_a_keyring_that_does_not_answer(path: Path, keyring: Keyring) -> None:
    Credentials(path, keyring=lambda: keyring).put("gigachat", KEY, in_keyring=True)
    stuck = Keyring((sys.executable, "-c", "import time; time.sleep(60)"), patience=0.2)
    store = Credentials(path, keyring=lambda: stuck)
    store.put("gigachat", KEY)
    assert store.get("gigachat") == KEY


def test_a_keyring_that_hangs_is_ended_after_its_time() -> None:
    stuck = Keyring((sys.executable, "-c", "import time; time.sleep(60)"), patience=0.2)
    with pytest.raises(StorageError, match="did not answer"):
        stuck.get("gigachat")


def test_a_missing_keyring_package_names_the_extra() -> None:
    without = Keyring((sys.executable, "-I", "-S", "-m", "keyring"))
    with pytest.raises(StorageError) as caught:
        without.put("gigachat", KEY.key)
    assert "llmchat-cli[keyring]" in caught.value.hint


def test_a_backend_that_is_not_there_is_not_a_missing_package() -> None:
    without = Keyring((sys.executable, "-c", "import a_backend_that_is_not_there"))
    with pytest.raises(StorageError, match="refused: ModuleNotFoundError"):
        without.put("gigachat", KEY.key)


def test_a_keyring_that_refuses_a_key_is_quoted_with_its_last_line() -> None:
    script = "import sys; sys.exit('Traceback\\n  ...\\nRuntimeError: the vault is full')"
    with pytest.raises(StorageError, match="refused: RuntimeError: the vault is full"):
        Keyring((sys.executable, "-c", script)).put("gigachat", KEY.key)


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        ("keyring.errors.KeyringLocked: s3cret-k3y", "refused: keyring.errors.KeyringLocked"),
        ("s3cret-k3y", "refused: no reason given"),
    ],
)
def test_a_keyring_that_tells_the_key_in_its_error_is_not_quoted(last: str, shown: str) -> None:
    script = f"import sys; sys.exit('Traceback\\n  ...\\n{last}')"
    with pytest.raises(StorageError) as caught:
        Keyring((sys.executable, "-c", script)).get("gigachat")
    assert caught.value.message.endswith(shown)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_keyring_that_prints_without_end_is_ended(stream: str) -> None:
    script = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    with pytest.raises(StorageError, match="did not return the key"):
        Keyring((sys.executable, "-c", script), patience=60).get("gigachat")


@pytest.mark.parametrize("value", ["Unlocking...\nk3y", "k3y\rX-Other: 1", "k3y\x1b[31m"])
def test_what_no_key_can_be_is_not_taken_from_a_keyring(value: str) -> None:
    script = f"print({value!r})"
    with pytest.raises(StorageError, match="did not return the key"):
        Keyring((sys.executable, "-c", script)).get("gigachat")


@pytest.mark.parametrize("back", ["'other'", "1/0"])
def test_a_key_that_does_not_come_back_is_not_left_in_the_keyring(
    tmp_path: Path, back: str
) -> None:
    script = tmp_path / "forgetful.py"
    script.write_text(textwrap.dedent(FAKE_KEYRING).replace("keys[name])", f"{back})"))
    with pytest.raises(StorageError):
        Keyring((sys.executable, str(script))).put("openai", KEY.key)
    assert KEY.key.reveal() not in (tmp_path / "ring.json").read_text()


def test_signing_out_says_that_the_keyring_keeps_its_key(path: Path, tmp_path: Path) -> None:
    script = tmp_path / "keeping.py"
    script.write_text(textwrap.dedent(FAKE_KEYRING).replace("keys.pop(name)", "sys.exit('no')"))
    store = Credentials(path, keyring=lambda: Keyring((sys.executable, str(script))))
    store.put("gigachat", KEY, in_keyring=True)
    with pytest.raises(StorageError, match="did not delete the key for gigachat"):
        store.remove("gigachat")
    assert store.names() == ("gigachat",)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_for_a_keyring_and_what_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    place = tmp_path / "pid"
    inner = "import time; time.sleep(60)"
    code = (
        "import os, pathlib, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {inner!r}]).pid\n"
        f"pathlib.Path({str(place) + '.new'!r}).write_text(str(child))\n"
        f"os.rename({str(place) + '.new'!r}, {str(place)!r})\n"
        "time.sleep(60)"
    )
    asking = (
        "from llmchat.errors import LlmchatError\n"
        "from llmchat.store.private.keyring import Keyring\n"
        f"try: Keyring((sys.executable, '-c', {code!r}), patience=60).get('openai')\n"
        "except LlmchatError: pass  # as whoever goes on without the key"
    )
    asked = subprocess.Popen(
        [sys.executable, "-c", f"import sys\n{asking}"], stderr=subprocess.DEVNULL
    )
    until(place.exists, "its start")
    asked.send_signal(number)
    ended = {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: 143}
    assert asked.wait(30) == ended[number]
    child = int(place.read_text())
    until(lambda: not alive(child), "its end")


def test_a_keyring_command_that_is_missing_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="refused"):
        Keyring((str(tmp_path / "none"),)).get("gigachat")


def test_a_keyring_that_keeps_nothing_is_told() -> None:
    with pytest.raises(StorageError, match="does not store anything"):
        Keyring((sys.executable, "-c", "")).put("openai", Secret("k" * 20))


def test_a_system_without_a_keyring_is_told() -> None:
    code = "import sys; sys.exit('keyring.errors.NoKeyringError: No recommended backend')"
    with pytest.raises(StorageError, match="has no keyring"):
        Keyring((sys.executable, "-c", code)).put("openai", Secret("k" * 20))
