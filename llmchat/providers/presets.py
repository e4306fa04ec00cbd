"""The OpenAI-compatible services, one line of data each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    base_url: str
    access: Literal["key", "local"] = "key"
    model: str = ""  # asked for when nobody says one; else the first of the server's list
    asks_usage: bool = True  # with `stream_options`, which some servers refuse


PRESETS = {
    "openai": Preset("OpenAI", "https://api.openai.com/v1"),
    "zai": Preset("Z.ai (GLM)", "https://api.z.ai/api/paas/v4", model="glm-4.7-flash"),
    "deepseek": Preset("DeepSeek", "https://api.deepseek.com/v1", model="deepseek-chat"),
    "openrouter": Preset("OpenRouter", "https://openrouter.ai/api/v1", model="openrouter/auto"),
    "groq": Preset("Groq", "https://api.groq.com/openai/v1"),
    "mistral": Preset(
        "Mistral", "https://api.mistral.ai/v1", model="mistral-small-latest", asks_usage=False
    ),
    "ollama": Preset("Ollama", "http://127.0.0.1:11434/v1", access="local"),
    "lmstudio": Preset("LM Studio", "http://127.0.0.1:1234/v1", access="local"),
    "llamacpp": Preset("llama.cpp", "http://127.0.0.1:8080/v1", access="local"),
    "vllm": Preset("vLLM", "http://127.0.0.1:8000/v1", access="local"),
}
