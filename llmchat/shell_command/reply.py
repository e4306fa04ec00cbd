"""Extracts the commands from a model's reply: from JSON, fences, prompts and prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.signs import TWINS
from llmchat.shell_command.structure import whole_lines

SHELL_WORDS = (
    *("", "sh", "bash", "zsh", "fish", "shell", "console", "terminal", "shell-session"),
    *("powershell", "ps1", "pwsh", "cmd", "bat", "batch", "text", "plaintext", "txt"),
)
PROMPT = re.compile(r"(?:\$|%|❯|PS [^>\n]*>|[A-Z]:\\[^>\n]*>|[\w.-]+@[\w.-]+:[^$#\n]*[$#]) +")
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
CAPITALIZED = re.compile(r"[A-Z][a-z']+[,.:;!?]?")
PROGRAMS_IN_CAPITALS = frozenset(("Rscript", "Xvfb", "Xorg", "Xephyr", "Get", "Set"))
OPENINGS = (  # words that begin sentences and are not programs
    *("sure", "here", "here's", "you", "to", "the", "this", "that", "these", "i", "i'm", "i'd"),
    *("sorry", "unfortunately", "please", "note", "it", "its", "it's", "there", "there's", "we"),
    *("an", "a", "or", "run", "use", "try", "with"),
)
ENDING = re.compile(r"[^\W\d_][)\"'”»]?[.:!?。！？：…]$")
SIGNS = re.compile(r"[|<>$*~=/{}\\]|(?:^|\s)-{1,2}\w")
ENOUGH = 4  # words that make a sentence, unlike `echo done.`
SPEAKING = ("echo", "printf", "say", "git", "notify-send", "write-host", "write-output")


# Characters of a command, and number of commands; of several none is run.
LONGEST = 4_000
MOST_COMMANDS = 20


def commands_in(reply: str, dialect: Dialect) -> tuple[str, ...]:
    """Each command as it would run: none for prose, several if the model gave several."""
    return tuple(islice(_commands(reply, dialect), MOST_COMMANDS))


def _commands(reply: str, dialect: Dialect) -> Iterable[str]:
    text = reply.replace("\r\n", "\n").strip()
    said = _from_json(text)
    if said is not None:
        text = said.replace("\r\n", "\n").strip()
    if "```" in text or "~~~" in text:
        return (c for block in _blocks(text) for c in _from_lines(block, dialect, sure=True))
    if len(text) > 1 and text[0] == text[-1] == "`" and "`" not in text[1:-1]:
        return _from_lines(text[1:-1].strip(), dialect, sure=True)
    found = tuple(islice(_from_lines(text, dialect, sure=said is not None), MOST_COMMANDS))
    return found or (
        code for code in INLINE.findall(text) if " " in code.strip() and len(code) <= LONGEST
    )


def commands_typed(text: str, dialect: Dialect) -> tuple[str, ...]:
    """The commands that a person typed, without leaving anything out."""
    text = text.strip()
    ends = [-1, *whole_lines(text, dialect)]
    return tuple(filter(None, (text[start + 1 : end] for start, end in pairwise(ends))))


def _from_json(text: str) -> str | None:
    """The command in `{"command": "..."}`, also in a fence; "" for a broken object, None for
    anything else."""
    bare = re.sub(r"\A```\w*\n|\n```\Z", "", text).strip()
    if not bare.startswith("{") or '"command"' not in bare:
        return None
    try:
        command = json.loads(bare)["command"]
    except (ValueError, KeyError):
        return ""
    return command if isinstance(command, str) else ""


def _blocks(text: str) -> Iterator[str]:
    from llmchat.render.markdown.code_blocks import code_blocks  # markdown-it, only with a fence

    for block in code_blocks(text):
        if block.language.lower() in SHELL_WORDS:
            yield block.text.rstrip("\n")


def _from_lines(text: str, dialect: Dialect, *, sure: bool) -> Iterator[str]:
    """Whole commands, which may have several lines. With `sure` false, sentences are left out: the
    model may have written some although it was told not to."""
    prompted = any(PROMPT.match(line) for line in text.split("\n"))
    at = 0
    while at < len(text):
        line = text[at : at + LONGEST + 1].partition("\n")[0]
        if len(line) > LONGEST:
            return
        sign = PROMPT.match(line)
        begins = bool(sign) if prompted else sure or not is_prose(line)
        if not begins or not line.strip() or line.lstrip().startswith("#"):
            at += len(line) + 1
            continue
        at += sign.end() if sign else 0
        rest = text[at : at + LONGEST + 1]
        end = next(whole_lines(rest, dialect))
        if end > LONGEST:
            return
        yield rest[:end].strip(" \n")
        at += end + 1


def is_prose(line: str) -> bool:
    """Whether a line is a sentence rather than a command, as far as one line shows."""
    words = line.split() or [" "]
    first = words[0].strip("*_\"'«“(")
    if first in PROGRAMS_IN_CAPITALS or words[0][0] in "./~$({[":
        return False
    if any(c.isalpha() and not c.isascii() for c in first) and "=" not in first:
        return _is_foreign_prose(words[0], line)
    if CAPITALIZED.fullmatch(first) or first.lower().rstrip(",.:!") in OPENINGS:
        return len(words) > 1 or first != words[0] or not first.isalnum()
    if words[0].lower() in SPEAKING:
        return False
    return len(words) >= ENOUGH and bool(ENDING.search(line.rstrip())) and not SIGNS.search(line)


def _is_foreign_prose(word: str, line: str) -> bool:
    """Whether a line begins with a word in another script. A word that looks like Latin letters is
    a trick, and is shown."""
    letters = [char for char in word if char.isalpha()]
    if all(char in TWINS for char in letters):
        return not any(char.isascii() and char.isalpha() for char in line)
    return not any(map(str.isascii, letters)) or any("一" <= char <= "鿿" for char in letters)
