"""What a person reads when the server has started: where it is, and how programs reach it."""

from __future__ import annotations

from collections.abc import Iterator

from llmchat.app.serve.service import Service

MOST_NAMED = 8


def start_screen(service: Service, address: str, *, keyed: bool) -> Iterator[str]:
    base, key = f"{address}/v1", "$(llmchat serve --show-key)" if keyed else "none"
    if service.options.key_file:
        key = f"$(cat {service.options.key_file})"
    ids = list(service.models.ids())
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    yield f"llmchat serves {base} (a page for you: {address}/)"
    yield f"Models: {', '.join(ids[:MOST_NAMED])}{more}"
    yield ""
    yield f'openai, aider:  export OPENAI_BASE_URL={base} OPENAI_API_KEY="{key}"'
    yield f"                aider --openai-api-base {base} --model openai/default"
    yield f"Continue:       provider: openai, apiBase: {base}, model: default, apiKey: the key"
    yield f"Open WebUI:     OPENAI_API_BASE_URL={base}"
    yield "llm:            extra-openai-models.yaml: model_id: llmchat, model_name: default,"
    yield f"                api_base: {base}"
    yield f'curl:           curl {base}/models -H "Authorization: Bearer {key}"'
    if keyed and not service.options.key_file:
        yield "The key: llmchat serve --show-key"
    yield "Ctrl-C stops the server."
