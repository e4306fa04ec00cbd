"""Somebody else's clone, with modules named as ours and the library's: no command runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.shell import KEY, LLMCHAT, PATIENCE, Shell

MODULES = (
    *("keyring", "sitecustomize", "usercustomize", "json", "typing", "__future__", "asyncio"),
    *("httpx", "typer", "rich", "sqlite3", "subprocess", "tomllib", "platformdirs"),
)
COMMANDS = [
    ["--version"],
    ["ask", "-p", "demo", "hi"],
    ["ask", "-p", "openai", "hi"],
    ["auth", "status"],
    ["auth", "openai", "--keyring", "--key-stdin"],
    ["auth", "logout", "openai"],
    ["auth", "token", "gigachat"],
    ["doctor", "openai"],
    ["models", "--refresh"],
    ["chat", "-p", "demo"],
    ["history", "list"],
    ["config", "list"],
    ["templates", "list"],
    ["completion", "bash"],
    ["__complete", "model", ""],
]
DOORS = {"command": [str(LLMCHAT)], "module": [sys.executable, "-m", "llmchat"]}


@pytest.fixture(params=["keyring.py", "keyring/"])
def clone(request: pytest.FixtureRequest, shell: Shell, tmp_path: Path) -> Path:
    """llmchat's settings say that the key is in the keyring, so each command asks for it."""
    folder = tmp_path / "clone"
    folder.mkdir()
    mark = f"import sys\nopen({str(folder / 'RAN')!r}, 'a').write(__name__ + repr(sys.argv))\n"
    for name in MODULES:
        (folder / f"{name}.py").write_text(mark, "utf-8")
    if request.param == "keyring/":
        (folder / "keyring.py").unlink()
        (folder / "keyring").mkdir()
        for name in ("__init__", "__main__"):
            (folder / "keyring" / f"{name}.py").write_text(mark, "utf-8")
    signed_in = {name: {"keyring": True} for name in ("openai", "gigachat")}
    credentials = shell.home / "credentials.json"
    credentials.write_text(json.dumps({"version": 1, "records": signed_in}), "utf-8")
    credentials.chmod(0o600)
    (shell.home / "config.toml").write_text(
        '[providers.openai]\nbase_url = "http://127.0.0.1:9/v1"\nretries = 0\n'
        '[providers.gigachat]\nbase_url = "http://127.0.0.1:9"\n'
        'auth_url = "http://127.0.0.1:9"\nretries = 0\n',
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("door", DOORS)
def test_no_command_runs_a_module_of_the_folder(
    shell: Shell, clone: Path, door: str, argv: Sequence[str]
) -> None:
    done = subprocess.run(
        [*DOORS[door], *argv],
        cwd=clone,
        env=dict(shell.environ),
        input=KEY.encode() if "--key-stdin" in argv else b"",
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert not (clone / "RAN").exists(), (clone / "RAN").read_text("utf-8")
    assert b"Traceback" not in done.stderr
    assert KEY.encode() not in done.stdout + done.stderr


def test_a_variable_that_says_here_is_of_no_use_to_the_folder(shell: Shell, clone: Path) -> None:
    """Except sitecustomize, which Python runs before us."""
    for name in ("sitecustomize", "usercustomize"):
        (clone / f"{name}.py").unlink()
    done = subprocess.run(
        [str(LLMCHAT), "ask", "-p", "demo", "hi"],
        cwd=clone,
        env={**shell.unmeasured().environ, "PYTHONPATH": ":", "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, (clone / "RAN").exists()) == (0, False), done.stderr
