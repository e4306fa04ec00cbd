"""Maps effort levels (none to max) to each service's request fields.

`-e none|low|medium|high|max` stands for many different switches. A row has patterns for the models
it is for (shell patterns, lower case), and the fields for each level; the first row that matches is
used. A level that a row does not have is replaced by the nearest one, with a notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from llmchat.language import msg
from llmchat.values.endpoint import EFFORTS

Levels = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Thinking:
    """Models, and the fields for each level; without levels if the effort cannot be set."""

    models: str
    levels: Levels

    def is_for(self, model: str) -> bool:
        return any(fnmatchcase(model, pattern) for pattern in self.models.split())


def fields_for(dialect: str, model: str, level: str, *, who: str) -> tuple[Mapping[str, Any], str]:
    """The fields of the body, and a notice if the model does not have the level."""
    rows = DIALECTS.get(dialect, ())
    levels = next((row.levels for row in rows if row.is_for(model.lower())), {})
    name = f"{who}/{model}" if model else who
    if not levels:
        return {}, msg("{name} does not support --effort; ignored: {level}", name=name, level=level)
    if level in levels:
        return levels[level], ""
    instead = _nearest(level, levels)
    if level == "none":
        return levels[instead], msg(
            "{name} always reasons; using effort {instead}", name=name, instead=instead
        )
    return levels[instead], msg(
        "{name} does not support effort {level}; using {instead}",
        name=name,
        level=level,
        instead=instead,
    )


def _nearest(level: str, levels: Levels) -> str:
    """The nearest level, the higher one of two; a low effort never becomes none."""
    thinking = [name for name in levels if name != "none"] or list(levels)
    wanted = EFFORTS.index(level)
    return min(thinking, key=lambda n: (abs(EFFORTS.index(n) - wanted), -EFFORTS.index(n)))


def words(*levels: str, **other: str) -> Levels:
    """Levels as values of `reasoning_effort`; `other` are those with different names."""
    named = {level: level for level in levels} | other
    return {level: {"reasoning_effort": word} for level, word in named.items()}


def switch(off: Mapping[str, Any], on: Mapping[str, Any], *levels: str) -> Levels:
    """Levels with a switch: `off` or `on`, and for `levels` also `reasoning_effort`."""
    graded: Levels = {level: {**on, "reasoning_effort": level} for level in levels}
    return {"none": off, **(graded or {"high": on})}


def budget(off: Mapping[str, Any], on: Mapping[str, Any], largest: int | None = None) -> Levels:
    """Levels as a number of reasoning tokens, or off."""
    sizes = {"low": 1024, "medium": 4096, "high": 16384}
    graded = {level: {**on, "thinking_budget": size} for level, size in sizes.items()}
    return {"none": off, **graded, "max": {**on, "thinking_budget": largest} if largest else on}


NOTHING: Levels = {}
OFF, ON = {"thinking": {"type": "disabled"}}, {"thinking": {"type": "enabled"}}
SILENT, ALOUD = {"enable_thinking": False}, {"enable_thinking": True}


def _claude(tokens: int) -> dict[str, Any]:
    thinking = {"type": "enabled", "budget_tokens": tokens}
    return {"thinking": thinking, "max_tokens": tokens + 8192}  # must exceed the budget


def _template(level: str) -> dict[str, Any]:
    """For servers where the model's chat template decides."""
    return {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": level}}


DIALECTS: Mapping[str, Sequence[Thinking]] = {
    "usual": (Thinking("*", words("none", "low", "medium", "high")),),
    "openai": (
        Thinking("gpt-3* gpt-4* chatgpt*", NOTHING),
        Thinking("o[134]*", words("low", "medium", "high")),
        Thinking("gpt-5-pro*", words("high")),
        Thinking("gpt-5.1*", words("none", "low", "medium", "high")),
        Thinking("gpt-5 gpt-5-*", words("low", "medium", "high")),
        Thinking("*", words("none", "low", "medium", "high", max="xhigh")),
    ),
    "anthropic": (  # `reasoning_effort` is ignored at this address
        Thinking("claude-3-[05h]*", NOTHING),
        Thinking(
            "claude-opus-4-[7-9]* claude-*-5*", switch(OFF, {"thinking": {"type": "adaptive"}})
        ),
        Thinking(
            "*",
            {
                "none": OFF,
                "low": _claude(2048),
                "medium": _claude(8192),
                "high": _claude(16384),
                "max": _claude(32000),
            },
        ),
    ),
    "gemini": (
        Thinking("gemini-2.0* gemma*", NOTHING),
        Thinking("gemini-2.5-flash*", words("none", "low", "medium", "high")),
        Thinking("*", words("low", "medium", "high")),
    ),
    "glm": (
        Thinking("glm-5.3*", words("low", "high", "max")),
        Thinking("glm-5.2*", switch(OFF, ON, "low", "medium", "high", "max")),
        Thinking("glm-4.[5-9]* glm-5*", switch(OFF, ON)),
    ),
    "deepseek": (Thinking("*", switch(OFF, ON, "low", "high", "max")),),
    "qwen": (
        Thinking("*instruct* *coder*", NOTHING),
        Thinking("*thinking*", {k: v for k, v in budget(SILENT, ALOUD).items() if k != "none"}),
        Thinking("qwen3* qwen-plus* qwen-flash* qwen-turbo*", budget(SILENT, ALOUD)),
    ),
    "kimi": (
        Thinking("kimi-k2.[56]*", switch(OFF, ON)),
        Thinking("kimi-k3*", words("low", "high", "max")),
    ),
    "siliconflow": (
        Thinking("*instruct*", NOTHING),
        Thinking("*deepseek-v4*", switch(SILENT, ALOUD, "high", "max")),
        Thinking("*", budget(SILENT, ALOUD, 32768)),
    ),
    "yandex": (Thinking("*", words("low", "medium", "high")),),
    "openrouter": (
        Thinking(
            "*",
            {level: {"reasoning": {"effort": level}} for level in ("none", "low", "medium", "high")}
            | {"max": {"reasoning": {"effort": "xhigh"}}},
        ),
    ),
    "groq": (
        Thinking("*gpt-oss*", words("low", "medium", "high")),
        Thinking("*qwen3*", words("none", high="default")),
    ),
    "mistral": (
        Thinking("mistral-small* mistral-medium*", words("none", "high")),
        Thinking("mistral-large-4*", words("low", "medium", "high")),
    ),
    "xai": (
        Thinking("grok-3-mini*", words("low", "high")),
        Thinking("grok-4.3*", words("none", "low", "medium", "high", max="xhigh")),
        Thinking("grok-4.[56]* grok-latest", words("low", "medium", "high", max="xhigh")),
    ),
    "chat-template": (
        Thinking(
            "*",
            {"none": {"chat_template_kwargs": {"enable_thinking": False}}}
            | {level: _template(level) for level in ("low", "medium", "high")},
        ),
    ),
    "gigachat": (  # GigaChat-2 and Ultra take no effort; gateways serve others in this protocol
        Thinking("*reasoning* glm-* qwen*", words("low", "medium", "high")),
    ),
}
