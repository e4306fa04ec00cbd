"""What is too large for a model is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell import Shell


@pytest.fixture
def llmchat(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"LLMCHAT_HOME": str(tmp_path)})


def test_the_default_model_of_a_provider_has_a_window_too(llmchat: Shell) -> None:
    code, out, err = llmchat(
        "ask", "-p", "gigachat", "x", stdin="a" * 700_000, GIGACHAT_CREDENTIALS="YTpi"
    )
    assert (code, out) == (2, "")
    assert "the prompt is about 175,001 tokens, but GigaChat-2 is limited to 128,000" in err


def test_the_window_of_ones_own_server_is_a_setting(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[providers.box]\nbase_url = 'http://127.0.0.1:9/v1'\ncontext = 1000\n"
    )
    code, out, err = llmchat("ask", "-p", "box", "-m", "m", "x", stdin="a" * 9000)
    assert (code, out) == (2, "")
    assert "the prompt is about 2,251 tokens, but m is limited to 1,000" in err


def test_a_large_prompt_is_mentioned_and_sent(llmchat: Shell) -> None:
    code, out, err = llmchat("ask", "-p", "demo", "-n", "x", stdin="a" * 200_000)
    assert code == 0
    assert "a" * 100 in out
    assert "the prompt is large: about 50,001 tokens" in err
