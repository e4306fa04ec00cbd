"""What is printed when the server has started: its address, and lines to copy into programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from llmchat.app.serve.service import Service

MOST_NAMED = 8


def start_screen(service: Service, address: str, *, keyed: bool) -> Iterator[str]:
    """The lines; they fit a terminal of 80 columns and 24 rows. A narrower terminal wraps them, as
    lines to copy must not be broken. Tests run these lines with the programs."""
    base, file = f"{address}/v1", service.options.key_file
    show = f"cat {shlex.quote(file)}" if file else "llmchat serve --show-key"
    key = f'"$({show})"' if keyed else "none"
    own = "KEY" if keyed else "none"
    ids = list(service.models.ids())
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    yield f"llmchat serves {base}"
    yield f"A page for you: {address}/"
    yield f"Models: {', '.join(ids[:MOST_NAMED])}{more}"
    if keyed:
        yield f"The key: {show}"
    yield "Programs that use OpenAI's library, and the commands below:"
    yield f"  export OPENAI_BASE_URL={base}"
    yield f"  export OPENAI_API_KEY={key}"
    yield "aider:"
    yield "  OPENAI_API_BASE=$OPENAI_BASE_URL aider --model openai/default"
    yield "Open WebUI:"
    yield "  OPENAI_API_BASE_URL=$OPENAI_BASE_URL open-webui serve"
    yield from _llm(base, keyed)
    yield "Continue (config.yaml, under models:):"
    yield f"  - {{name: llmchat, provider: openai, model: default, apiKey: {own},"
    yield f'     apiBase: "{base}"}}'
    yield "curl:"
    yield '  curl $OPENAI_BASE_URL/models -H "Authorization: Bearer $OPENAI_API_KEY"'
    yield "Ctrl-C stops the server."


def _llm(base: str, keyed: bool) -> Iterator[str]:
    """The lines for llm, which stores keys itself, each under a name."""
    named = ", api_key_name: llmchat" if keyed else ""
    told = ", then: llm keys set llmchat" if keyed else ""
    yield f"llm (extra-openai-models.yaml{told}):"
    yield f"  - {{model_id: llmchat, model_name: default{named},"
    yield "     supports_tools: true, supports_schema: true,"
    yield f'     api_base: "{base}"}}'
