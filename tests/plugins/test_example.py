"""The example is built as a wheel, installed into an environment of its own, and used."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # an environment of its own takes longer to make than to use

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "llmchat-parrot"
PATIENCE = 300


class Environment:
    """A virtual environment that sees llmchat, and what is needed of ours."""

    def __init__(self, folder: Path) -> None:
        self.home, self.venv = folder / "home", folder / "venv"
        self.home.mkdir()
        self.run(sys.executable, "-m", "venv", str(self.venv))
        self.python = str(self.venv / "bin" / "python")
        (packages,) = self.venv.glob("lib/python*/site-packages")
        ours = sysconfig.get_path("purelib")
        (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n{ROOT}\n")

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environ = {"LLMCHAT_HOME": str(self.home), "HOME": str(self.home), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            words,
            env=environ,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def llmchat(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, "-m", "llmchat", *words, code=code)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("parrot")
    source = folder / "source"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=PATIENCE)
    (wheel,) = folder.glob("*.whl")
    environment = Environment(folder)
    pip = (environment.python, "-m", "pip", "install", "-q", "--no-index", "--no-deps")
    environment.run(*pip, str(wheel))
    environment.llmchat("plugins", "enable", "parrot")
    return environment


def test_its_own_tests_and_the_check_pass(installed: Environment) -> None:
    told = installed.llmchat("plugins", "check").stdout
    assert (told.count("OK"), "meet the contract" in told) == (4, True)
    tests = str(EXAMPLE / "tests")
    installed.run(installed.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)


def test_its_provider_is_listed_and_wants_its_key(installed: Environment) -> None:
    assert "grey" in installed.llmchat("models", "parrot").stdout
    assert "not signed in to Parrot" in installed.llmchat("ask", "-p", "parrot", "x", code=4).stderr


def test_its_dry_run_tells_what_would_be_sent(installed: Environment) -> None:
    told = installed.llmchat("ask", "-p", "parrot", "--dry-run", "hi").stdout
    assert "https://api.parrot.example/talk" in told


def test_its_command_tool_and_template_work(installed: Environment) -> None:
    assert installed.llmchat("squawk", "hi").stdout == "Squawk: hi\n"
    assert installed.llmchat("tools", "run", "repeat", '{"text": "a"}').stdout == "a a\n"
    assert "word for word" in installed.llmchat("ask", "-p", "demo", "-t", "parrot", "x").stdout
