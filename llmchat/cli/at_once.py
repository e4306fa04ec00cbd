"""`history list` and `history search` into a pipe, without Typer, settings or pathlib.

A search through a hundred thousand conversations takes a blink, and 45 ms of imports would be most
of it. What is not answered here (a terminal, a flag, nothing found, anything wrong) is None and
goes the usual way, which also has the words for it (docs/decisions/0078-history-at-once.md).
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # mypy knows the name; importing typing would cost 6 ms
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmchat.store.history.rows import ConversationRow, Hit

LISTED = 30
FOUND = 20


def answer(argv: Sequence[str], environ: Mapping[str, str], *, tty: bool) -> str | None:
    """The text for `history ARGV...`, or None; a terminal (`tty`) has its pager and colours."""
    *words, form = argv if argv[-1:] == ["--json"] else [*argv, ""]
    plain = all(word and word[0] != "-" for word in words)
    known = words == ["list"] or (words[:1] == ["search"] and len(words) > 1)
    if tty or not (plain and known) or environ.get("FORCE_COLOR"):
        return None
    try:
        return _answer(words, json=form == "--json", environ=environ)
    except Exception:
        return None


def _answer(words: Sequence[str], *, json: bool, environ: Mapping[str, str]) -> str | None:
    from llmchat.app.history import views
    from llmchat.render.columns import columns
    from llmchat.store.folders import Folders
    from llmchat.store.history.history import History

    path = os.path.join(Folders(environ, platform=sys.platform).data, "history.db")
    if not os.path.exists(path):
        return None
    history, now = History.open(path), time.time()
    if words[0] == "list":
        rows = history.recent(limit=LISTED)
        text = "" if json or not rows else columns(*views.conversation_rows(rows, now=now))
        found: Sequence[ConversationRow | Hit] = rows
    else:
        hits = history.search(phrased(words[1:]), limit=FOUND)
        text = "" if json or not hits else views.hits_text(hits, now=now, color=False)
        found = hits
    history.close()
    if history.news or not found:  # a search that finds nothing has its own exit code
        return None
    return (_json(found) if json else text) + "\n"


def _json(rows: Sequence[ConversationRow | Hit]) -> str:
    import json  # 3 ms

    return json.dumps([row.fields() for row in rows], ensure_ascii=False, indent=2)


def phrased(words: Sequence[str]) -> str:
    """A word with a space in it was quoted for the shell: it is a phrase."""
    return " ".join(
        f'"{word}"' if " " in word and '"' not in word and ":" not in word else word
        for word in words
    )
