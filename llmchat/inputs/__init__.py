"""Reads what goes into a prompt: words, piped text, files, folders, pages, attachments."""

from llmchat.inputs.prompt import DEFAULT_LIMIT, Fetch, Prompt, read_prompt, with_pages
from llmchat.inputs.text import WebPage
from llmchat.inputs.tokens import check_size, estimate_tokens, window_of

__all__ = [
    "DEFAULT_LIMIT",
    "Fetch",
    "Prompt",
    "WebPage",
    "check_size",
    "estimate_tokens",
    "read_prompt",
    "window_of",
    "with_pages",
]
