"""Assembles one prompt from words, piped text, files, folders and pages.

The instruction comes first, then each file with its name, then the piped text, with a blank line
between them. Reading is synchronous, so that Ctrl-C can interrupt reading stdin; only pages, which
need the network, are added by a coroutine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from llmchat.errors import EmptyPrompt, LlmchatError, TooLong, UsageError
from llmchat.inputs.text import WebPage, decode
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg
from llmchat.system.opening import open_given
from llmchat.system.waiting import pieces
from llmchat.values.urls import is_web_address, masked_url

if TYPE_CHECKING:
    from io import BufferedIOBase

STDIN = "-"
PIECE = 1 << 20  # bytes of stdin per read
DEFAULT_LIMIT = 10_000_000  # bytes; more than any model can read today
MOST_PAGES = 20
FENCES = re.compile("`{3,}")
ASK_HINT = msg('llmchat ask "your question"')


@dataclass(frozen=True, slots=True)
class PromptSource:
    """A named text; None for a page that was not fetched yet."""

    name: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    instruction: str = ""
    sources: tuple[PromptSource, ...] = ()
    piped: str = ""
    notices: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """The pages that `with_pages` will fetch."""
        return tuple(source.name for source in self.sources if source.text is None)

    @property
    def text(self) -> str:
        """The whole prompt; raises EmptyPrompt if it is empty."""
        labelled = (labelled_text(s.name, s.text) for s in self.sources if s.text is not None)
        parts = [self.instruction, *labelled, self.piped]
        text = "\n\n".join(part for part in parts if part.strip())
        if not text:
            raise EmptyPrompt(msg("no prompt given"), hint=ASK_HINT)
        return text

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given; a template may still make a prompt."""
        return not (self.instruction.strip() or self.sources or self.piped.strip())


IsSecret = Callable[[Path], bool]


def is_open(path: Path) -> bool:
    """False, for callers without secret files."""
    return False


def read_prompt(
    words: Sequence[str],
    *,
    stdin: TextIO | None,
    cwd: Path,
    files: Sequence[str] = (),
    limit: int = DEFAULT_LIMIT,
    use_stdin: bool = True,
    is_secret: IsSecret = is_open,
) -> Prompt:
    """Everything except pages. stdin at a terminal is read only for `-`; a file for which
    `is_secret` is true is never read."""
    named = STDIN in files
    wanted = STDIN in words
    instruction = " ".join(word for word in words if word != STDIN)
    sources: list[PromptSource] = []
    notices: list[str] = []
    for file in dict.fromkeys(files):
        found, told = _read_source(file, stdin=stdin, cwd=cwd, limit=limit, is_secret=is_secret)
        sources += found
        notices += told
    piped, told = "", []
    if not named and (wanted or (use_stdin and not is_terminal(stdin))):
        piped, told = _read_stdin(stdin, limit)
    prompt = Prompt(instruction, tuple(sources), piped.rstrip("\r\n"), (*notices, *told))
    _check_limit(prompt, limit)
    return prompt


Fetch = Callable[[str, int], Awaitable[WebPage]]


async def with_pages(prompt: Prompt, fetch: Fetch, *, limit: int = DEFAULT_LIMIT) -> Prompt:
    """The prompt with the text of its pages; `fetch(url, limit)` reads at most `limit` bytes."""
    from llmchat.inputs.page import page_text  # html: 2 ms, only for pages

    if len(prompt.urls) > MOST_PAGES:
        raise UsageError(
            msg(
                "too many pages: {count} (at most {most_pages})",
                count=len(prompt.urls),
                most_pages=MOST_PAGES,
            ),
            hint=msg("use fewer URLs"),
        )
    sources: list[PromptSource] = []
    notices = list(prompt.notices)
    for source in prompt.sources:
        if source.text is not None:
            sources.append(source)
            continue
        page = await fetch(source.name, limit)
        decoded = page_text(page)
        shown = masked_url(source.name)  # a password in it is only for the page's server
        sources.append(PromptSource(shown, decoded.text))
        size = shown_size(len(decoded.text.encode()))
        notices += [
            msg("{shown}: {size} of text", shown=shown, size=size),
            *filter(None, [decoded.notice]),
        ]
    complete = replace(prompt, sources=tuple(sources), notices=tuple(notices))
    _check_limit(complete, limit)
    return complete


def is_terminal(stdin: TextIO | None) -> bool:
    """Whether stdin is a terminal or closed, so that there is nothing to read."""
    try:
        return stdin is None or stdin.isatty()
    except ValueError:
        return True


def labelled_text(name: str, text: str) -> str:
    """A text with its name, in a fence that nothing inside it can close."""
    fence = "`" * max(3, 1 + max(map(len, FENCES.findall(text)), default=0))
    suffix = Path(name).suffix[1:]
    language = suffix if suffix.isalnum() and suffix.isascii() and len(suffix) <= 10 else ""
    body = text if text.endswith("\n") else text + "\n"
    return f"{_one_line(name)}:\n{fence}{language if '://' not in name else ''}\n{body}{fence}"


def is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _read_source(
    name: str, *, stdin: TextIO | None, cwd: Path, limit: int, is_secret: IsSecret
) -> tuple[list[PromptSource], list[str]]:
    if name == STDIN:
        text, notices = _read_stdin(stdin, limit)
        return [PromptSource("stdin", text)], notices
    _refuse_nameless(name)
    if is_url(name):
        return [PromptSource(name)], []
    path = cwd / name
    if os.path.isdir(path):  # noqa: PTH112  # a name that is too long is none
        from llmchat.inputs.folder import read_folder  # 2 ms, only for folders

        found = read_folder(path, name, limit=limit, is_secret=is_secret)
        return [PromptSource(label, text) for label, text in found.texts], [found.report]
    check_open(path, name, is_secret)
    decoded = decode(read_bytes(path, name, limit=limit), name)
    return [PromptSource(name, decoded.text)], [decoded.notice] if decoded.notice else []


def check_open(path: Path, name: str, is_secret: IsSecret) -> None:
    """Raises an error for a URL, and for one of llmchat's files with keys, whoever names it."""
    _refuse_nameless(name)
    refuse_address(name)
    if is_secret(path):
        raise UsageError(
            msg(
                "not sending {one_line}: it contains llmchat's own keys or conversations",
                one_line=_one_line(name),
            ),
            hint=msg(
                "llmchat config list and llmchat auth status show your settings without the keys"
            ),
        )


def _refuse_nameless(name: str) -> None:
    """Raises an error for an empty path, which would mean the current folder with everything in
    it."""
    if not name:
        raise UsageError(msg("the file name is empty"), hint=msg("check the path"))


def refuse_address(name: str) -> None:
    """Raises an error for a URL where a file is expected, which is clearer than a missing path."""
    if is_web_address(name):
        raise UsageError(
            msg("{address} is an address, not a file", address=masked_url(name)),
            hint=msg("download it first: curl -fLO ADDRESS"),
        )


def read_bytes(path: Path, name: str, *, limit: int) -> bytes:
    """Reads a file, or `/dev/fd/63` of a shell's `<(...)`, up to the limit."""
    from llmchat.system.interruptible import heeding_signals  # only if a file is named

    try:
        with heeding_signals(), open_given(path) as file:
            content = file.read(limit + 1) or b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("cannot be read")
        raise UsageError(
            msg("{one_line}: {reason}", one_line=_one_line(name), reason=reason),
            hint=msg("check the path"),
        ) from error
    if len(content) > limit:
        raise _too_long(name, limit)
    return content


def _read_stdin(stdin: TextIO | None, limit: int) -> tuple[str, list[str]]:
    decoded = decode(read_stdin(stdin, limit), "stdin")
    return decoded.text, [decoded.notice] if decoded.notice else []


def read_stdin(stdin: TextIO | None, limit: int) -> bytes:
    """Reads stdin up to the limit."""
    if stdin is None or stdin.closed:
        return b""
    try:
        raw = getattr(stdin, "buffer", None)
        whole = _pieces(raw, limit + 1) if raw else stdin.read(limit + 1).encode(errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("cannot be read")
        raise UsageError(
            msg("stdin: {reason}", reason=reason), hint=msg("llmchat ask ... < /dev/null")
        ) from error
    if len(whole) > limit:
        raise _too_long("stdin", limit)
    return whole


def _pieces(raw: BufferedIOBase, most: int) -> bytes:
    taken = bytearray()
    with closing(pieces(raw, PIECE)) as coming:
        for piece in coming:
            taken += piece
            if len(taken) >= most:
                break
    return bytes(taken[:most])


def _check_limit(prompt: Prompt, limit: int) -> None:
    texts = [prompt.piped, *(s.text or "" for s in prompt.sources)]
    size = sum(len(text.encode(errors="replace")) for text in texts)
    if size > limit and sum(map(bool, texts)) > 1:
        raise _too_long(msg("the input"), limit, size)


def _too_long(name: str, limit: int, size: int = 0) -> LlmchatError:
    what = shown_size(size) if size else msg("more than {shown_size}", shown_size=shown_size(limit))
    problem = msg(
        "{one_line} is {what}, the limit is {shown_size}",
        one_line=_one_line(name),
        what=what,
        shown_size=shown_size(limit),
    )
    return TooLong(problem, hint=msg("send less of it, or raise --max-input"))


def _one_line(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name)
