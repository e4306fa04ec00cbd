"""The HTML export: one self-contained file without scripts, which loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt

from llmchat.language.dates import local_time
from llmchat.store.history.labels import ending, hashed, speaker
from llmchat.store.history.rows import ConversationRow, MessageRow

_HEAD = """<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
header p, .mark {{ opacity: 0.7; }}
section {{ border-left: 3px solid #8888; padding-left: 1rem; margin: 1.5rem 0; }}
section.user {{ border-color: #48f; }}
h2 {{ font-size: 0.9rem; opacity: 0.7; }}
.said {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
pre {{ overflow-x: auto; background: #8882; padding: 0.7rem; border-radius: 6px; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #8888; padding: 0.2rem 0.6rem; }}
a::after {{ content: " (" attr(href) ")"; opacity: 0.7; overflow-wrap: anywhere; }}
</style></head><body>
"""


def document(
    conversations: Iterable[tuple[ConversationRow, Sequence[MessageRow]]],
) -> Iterator[str]:
    """The page, in pieces. A model's text is foreign: its HTML is escaped, its pictures are not
    loaded, its links show their addresses."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    first = True
    for row, messages in conversations:
        if first:
            yield _HEAD.format(title=escape(row.title or row.id))
            first = False
        yield from _conversation(row, messages, markdown)
    if first:
        yield _HEAD.format(title="llmchat")
    yield "</body></html>\n"


def _conversation(
    row: ConversationRow, messages: Sequence[MessageRow], markdown: MarkdownIt
) -> Iterator[str]:
    yield f"<article><header><h1>{escape(row.title or row.id)}</h1>"
    yield f"<p>{escape(row.id)}, {local_time(row.created)}{escape(hashed(row))}</p></header>\n"
    if row.system:
        yield f'<section class="system"><h2>System</h2><p class="said">{escape(row.system)}</p>'
        yield "</section>\n"
    for message in messages:
        yield f'<section class="{escape(message.role)}"><h2>{escape(speaker(message))}</h2>\n'
        yield _text(message, markdown)
        if why := ending(message):
            yield f'<p class="mark">({why})</p>'
        yield "</section>\n"
    yield "</article>\n"


def _text(message: MessageRow, markdown: MarkdownIt) -> str:
    if message.role == "assistant":
        return str(markdown.render(message.text))
    return f'<p class="said">{escape(message.text)}</p>'
