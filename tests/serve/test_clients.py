"""OpenAI's own library as a client, and the page in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.serve.serving import KEY, Serving, serving


@pytest.fixture
def openai() -> Any:
    """Imported by the tests that use it alone: it takes a second."""
    return pytest.importorskip("openai")


def client(openai: Any, running: Serving, key: str = KEY) -> Any:
    return openai.OpenAI(base_url=running.base, api_key=key, max_retries=0)


@pytest.mark.slow
def test_the_library_of_openai_gets_whole_and_streamed_answers(openai: Any, demo: Serving) -> None:
    messages = [{"role": "user", "content": "hi"}]
    with client(openai, demo) as asking:
        whole = asking.chat.completions.create(model="demo/demo", messages=messages)
        stream = asking.chat.completions.create(model="demo/demo", messages=messages, stream=True)
        said = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
        assert whole.choices[0].message.content == said
        assert "demo/demo" in [model.id for model in asking.models.list()]


@pytest.mark.slow
def test_the_library_of_openai_raises_its_own_errors(openai: Any, demo: Serving) -> None:
    messages = [{"role": "user", "content": "hi"}]
    with client(openai, demo) as asking, pytest.raises(openai.NotFoundError):
        asking.chat.completions.create(model="ollama/x", messages=messages)
    with client(openai, demo, "wrong") as asking, pytest.raises(openai.AuthenticationError):
        asking.models.list()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_the_page_runs_its_own_script_alone(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--no-key") as running:
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        words += [f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=5000"]
        seen = subprocess.run(
            [*words, f"http://127.0.0.1:{running.port}/"],
            capture_output=True, text=True, check=False, timeout=120,
        ).stdout  # fmt: skip
        assert re.search(r"0 running, \d+ requests so far", seen)
        assert "<option>demo/demo</option>" in seen
