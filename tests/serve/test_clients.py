"""OpenAI's own library as a client, in the environment of the tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serve.serving import KEY, Serving


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
