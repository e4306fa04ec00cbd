"""The examples of CONTRIBUTING.md work: they are built into a copy of the project, and tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PARROT, WORDS_TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FOLDERS = ("llmchat", "dev", "tests", "docs", "completions", "man")
FILES = ("hatch_build.py", "pyproject.toml", "README.md", "CONTRIBUTING.md")


def changes(page: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """The hunks of a diff on the page: file, old lines and new lines. An unchanged line ends a hunk
    that has added something, so that one file may have several."""
    for block in re.findall(r"```diff\n(.*?)```", page, re.DOTALL):
        file, before, after = "", list[str](), list[str]()
        for line in block.splitlines():
            kind, text = line[:1], line[1:]
            ends = line.startswith("--- ") or (kind == " " and len(after) > len(before) > 0)
            if ends and before:
                yield file, before, after
                before, after = [], []
            if line.startswith("--- "):
                file = line[4:]
            else:
                before += [text] if kind == " " else []
                after += [text] if kind in (" ", "+") else []
        yield file, before, after


def apply(root: Path, file: str, before: list[str], after: list[str]) -> None:
    path = root / file
    text = path.read_text("utf-8")
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    at = [m.start() for m in re.finditer(rf"(?m)^{re.escape(old)}", text)]
    assert at, f"{file} has no line {old!r} any more; mend CONTRIBUTING.md"
    path.write_text(text[: at[0]] + new + text[at[0] + len(old) :], "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with every example of the page in it, and what is generated from them."""
    root = tmp_path_factory.mktemp("project")
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    for file, before, after in changes(PAGE):
        apply(root, file, before, after)
    (root / "llmchat" / "providers" / "parrot.py").write_text(PARROT, "utf-8")
    test = root / "tests" / "repl" / "commands" / "test_words.py"
    test.write_text(WORDS_TEST, "utf-8")
    made = run(root, "-m", "dev.completion")
    assert made.returncode == 0, made.stderr
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LLMCHAT", "COVERAGE"))}
    environ = {**kept, "PYTHONPATH": str(root), "LLMCHAT_HOME": str(root / "home")}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=300
    )


def tried(root: Path, *arguments: str) -> str:
    """The last line of a test run in the copy."""
    done = run(root, "-m", "pytest", "-p", "no:cacheprovider", *arguments)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_provider_passes_the_whole_conformance_suite(copy: Path) -> None:
    suite = ("tests/providers/test_conformance.py", "tests/providers/test_registry.py")
    assert "8 passed" in tried(copy, *suite, "-k", "parrot")


def test_the_preset_is_asked_as_every_other(copy: Path) -> None:
    suite = ("tests/providers/test_conformance.py", "tests/providers/test_presets.py")
    assert " passed" in tried(copy, *suite, "-k", "nest")


def test_the_command_is_there_with_its_row_in_the_page(copy: Path) -> None:
    assert " passed" in tried(copy, "tests/repl/commands/test_words.py", "tests/repl/test_docs.py")


def test_the_flag_and_its_setting_do_the_same(copy: Path) -> None:
    question = ("-m", "llmchat", "ask", "-p", "demo", "-o", "tokens", "40", "why?")
    assert "In short: why?" in run(copy, *question, "--prefix", "In short:").stdout
    assert run(copy, "-m", "llmchat", "config", "set", "prefix", "In short:").returncode == 0
    assert "In short: why?" in run(copy, *question).stdout
    generated = ("tests/settings/test_documentation.py", "tests/completion/test_generate.py")
    assert " passed" in tried(copy, *generated)
