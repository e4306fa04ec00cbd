"""The examples of docs/plugins.md, taken from the page and used as it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serve.serving import surroundings

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENTRIES = """\
[llmchat.providers]
echo = llmchat_docs:Echo
[llmchat.commands]
words = llmchat_docs:words
"""


def block(word: str) -> str:
    (found,) = [text for text in BLOCKS if word in text]
    return str(found)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    place = tmp_path / "site" / "llmchat_docs-1.0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text("Name: llmchat-docs\nVersion: 1.0\n")
    (place / "entry_points.txt").write_text(ENTRIES)
    source = block("class Echo") + block("words = PluginCommand")
    (tmp_path / "site" / "llmchat_docs.py").write_text(source)
    found = surroundings(tmp_path / "home", {})
    (tmp_path / "home").mkdir(mode=0o700)
    paths = [str(tmp_path / "site"), *filter(None, [found.get("PYTHONPATH")])]
    return {**found, "PYTHONPATH": ":".join(paths)}


def run(
    environ: dict[str, str], *words: str, given: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "llmchat", *words], env={**environ, **more}, input=given,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_provider_and_the_command_of_the_page_work(environ: dict[str, str]) -> None:
    assert run(environ, "plugins", "enable", "llmchat-docs").returncode == 0
    checked = run(environ, "plugins", "check", "llmchat-docs")
    assert (checked.returncode, checked.stdout.count("OK")) == (0, 2)
    assert run(environ, "ask", "-p", "echo", "hi", given="").stdout == "hi\n"
    assert run(environ, "words", given="one two three").stdout == "3 words\n"
    assert run(environ, "words", given="one", LLMCHAT_PLUGINS="none").returncode == 2


def test_the_line_for_authors_passes_and_fails(environ: dict[str, str]) -> None:
    """With a provider that keeps the contract, and one that does not."""
    line = block("assert_conforms").replace("Parrot", "Echo") + "\ntest_conformance()\n"
    for source, code in (("", 0), ("del Echo.exchange\n", 1)):
        script = f"from llmchat_docs import Echo\n{source}{line}"
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
