"""How much a model thinks: what each service is told, and what a person hears where it has none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmchat.providers import load
from llmchat.providers.formats.effort import DIALECTS
from llmchat.providers.presets import PRESETS
from llmchat.values.endpoint import EFFORTS, Endpoint
from tests.providers.conftest import KEY, Asking, question, told
from tests.servers.dialogues import CHAT

OFF, ON = {"type": "disabled"}, {"type": "enabled"}
ALWAYS, NONE = "always reasons; using effort", "does not support --effort"


def words(level: str) -> dict[str, str]:
    return {"reasoning_effort": level}


# Preset, model, level: the fields that the service is told, and what the person is told.
EFFORT: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("openai", "gpt-5.2", "none", words("none"), ""),
    ("openai", "gpt-5.2", "max", words("xhigh"), ""),
    ("openai", "gpt-5", "none", words("low"), ALWAYS),
    ("openai", "o4-mini", "medium", words("medium"), ""),
    ("openai", "gpt-4o", "high", {}, NONE),
    ("anthropic", "claude-sonnet-4-6", "none", {"thinking": OFF}, ""),
    ("anthropic", "claude-sonnet-4-6", "low",
     {"thinking": {"type": "enabled", "budget_tokens": 2048}, "max_tokens": 10240}, ""),
    ("anthropic", "claude-opus-4-7", "high", {"thinking": {"type": "adaptive"}}, ""),
    ("gemini", "gemini-2.5-flash", "none", words("none"), ""),
    ("gemini", "gemini-flash-latest", "none", words("low"), ALWAYS),
    ("zai", "glm-4.7", "none", {"thinking": OFF}, ""),
    ("zai", "glm-4.7", "high", {"thinking": ON}, ""),
    ("zai", "glm-4.7", "low", {"thinking": ON}, "does not support effort low; using high"),
    ("zai", "glm-5.2", "max", {"thinking": ON, "reasoning_effort": "max"}, ""),
    ("zai", "glm-5.3-flash", "none", words("low"), ALWAYS),
    ("zai", "glm-5.3", "medium", words("high"), "does not support effort medium; using high"),
    ("zai", "glm-4", "high", {}, NONE),
    ("zai-coding", "glm-4.7", "none", {"thinking": OFF}, ""),
    ("bigmodel", "glm-4.7", "none", {"thinking": OFF}, ""),
    ("deepseek", "deepseek-flash", "none", {"thinking": OFF}, ""),
    ("deepseek", "deepseek-flash", "max", {"thinking": ON, "reasoning_effort": "max"}, ""),
    ("deepseek", "deepseek-flash", "medium", {"thinking": ON, "reasoning_effort": "high"},
     "does not support effort medium; using high"),
    ("qwen", "qwen-plus", "none", {"enable_thinking": False}, ""),
    ("qwen", "qwen-plus", "low", {"enable_thinking": True, "thinking_budget": 1024}, ""),
    ("qwen-intl", "qwen3-max", "max", {"enable_thinking": True}, ""),
    ("qwen", "qwen3-coder-plus", "high", {}, NONE),
    ("moonshot", "kimi-k2.6", "none", {"thinking": OFF}, ""),
    ("moonshot", "kimi-k3", "max", words("max"), ""),
    ("moonshot-cn", "moonshot-v1-8k", "low", {}, NONE),
    ("siliconflow", "deepseek-ai/DeepSeek-V4-Flash", "none", {"enable_thinking": False}, ""),
    ("siliconflow", "Qwen/Qwen3-8B", "max",
     {"enable_thinking": True, "thinking_budget": 32768}, ""),
    ("yandex", "gpt://b1g/yandexgpt", "low", words("low"), ""),
    ("openrouter", "openrouter/auto", "none", {"reasoning": {"effort": "none"}}, ""),
    ("openrouter", "openrouter/auto", "max", {"reasoning": {"effort": "xhigh"}}, ""),
    ("groq", "openai/gpt-oss-20b", "high", words("high"), ""),
    ("groq", "qwen/qwen3.6-27b", "none", words("none"), ""),
    ("groq", "qwen/qwen3.6-27b", "high", words("default"), ""),
    ("groq", "llama-3.3-70b-versatile", "high", {}, NONE),
    ("mistral", "mistral-small-latest", "none", words("none"), ""),
    ("mistral", "codestral-latest", "none", {}, NONE),
    ("xai", "grok-4.3", "max", words("xhigh"), ""),
    ("xai", "grok-4", "low", {}, NONE),
    ("ollama", "qwen3", "none", words("none"), ""),
    ("lmstudio", "m", "low", words("low"), ""),
    ("llamacpp", "m", "none", {"chat_template_kwargs": {"enable_thinking": False}}, ""),
    ("vllm", "m", "high",
     {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": "high"}}, ""),
    ("my-server", "m", "high", words("high"), ""),
    ("my-server", "m", "max", words("high"), "does not support effort max; using high"),
    ("gigachat", "GigaChat-2", "high", {}, NONE),
    ("demo", "demo", "high", {}, NONE),
]  # fmt: skip


@pytest.mark.parametrize(("name", "model", "level", "fields", "notice"), EFFORT)
async def test_effort_becomes_what_each_service_calls_it_or_is_told(
    name: str, model: str, level: str, fields: dict[str, Any], notice: str
) -> None:
    """Never a silent drop: what is not sent as it was asked is said."""
    provider = load(name if name in PRESETS or name in ("gigachat", "demo") else "openai")
    opened = provider(Endpoint(api_key=KEY), name=name)
    assert opened.effort_fields(model, level)[0] == fields
    lines = " ".join(opened.warnings(question(model, level), question(model)))
    assert notice in lines if notice else lines == ""


async def test_effort_goes_over_the_wire_and_an_option_is_nearer(ask: Asking) -> None:
    heard = await ask("zai", CHAT, effort="none")
    assert json.loads(heard.requests[0].content)["thinking"] == OFF
    settings = Endpoint(api_key=KEY, retries=0, effort="none")
    heard = await ask("zai", CHAT, endpoint=settings)
    assert json.loads(heard.requests[0].content)["thinking"] == OFF
    heard = await ask("zai", CHAT, endpoint=settings, options={"thinking": ON})
    assert json.loads(heard.requests[0].content)["thinking"] == ON
    heard = await ask("openai", CHAT, model="gpt-4o", effort="max")
    assert "gpt-4o does not support --effort; ignored: max" in told(heard)
    heard = await ask("yqcloud", b"Hello", effort="low", content_type="text/plain")
    assert NONE in told(heard)


def test_every_row_of_thinking_has_levels_of_ours() -> None:
    rows = [row for dialect in DIALECTS.values() for row in dialect]
    assert {preset.thinking for preset in PRESETS.values()} <= {"", *DIALECTS}
    assert all(set(row.levels) <= set(EFFORTS) for row in rows)
    assert all(row.models == row.models.lower() for row in rows)
