"""Marks what is dangerous in a command, each place with its reason.

It helps the reader, but is not a barrier: a command without marks is not necessarily safe. Only
text that hides something (`signs`) cannot be approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from llmchat.language import msg
from llmchat.shell_command import rules
from llmchat.shell_command.danger import Danger
from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.lexer import Token
from llmchat.shell_command.rules import RULES, Harm
from llmchat.shell_command.signs import signs
from llmchat.shell_command.structure import SimpleCommand, structure

ASSIGNMENT = re.compile(r"(\w+)\+?=")
BOMB = re.compile(r"(?<![\w:.])([\w:.]+)\s*\(\)\s*\{([^}]*)\}\s*(?:;\s*)?\1")
BRACES = re.compile(r"\{[^{}]*,[^{}]*\}")
LETTERS = re.compile(r"-[A-Za-z]+")
ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}|(?:\\+x[0-9A-Fa-f]{2}){4,}")
LONG = 400  # characters; a longer command is hard to check
DEEPEST = 8  # levels of nested commands that are checked


def dangers(text: str, dialect: Dialect) -> tuple[Danger, ...]:
    """The dangers in the order of their places."""
    if dialect.name == "zsh":
        # Not at its prompt, where Alt-E inserts the command.
        dialect = replace(dialect, comments=False)
    found = {*signs(text), *_DangerReading(text, dialect).found()}
    for bomb in BOMB.finditer(text):
        if "&" in bomb[2].partition("|")[2]:
            reason = msg("starts itself endlessly (a fork bomb)")
            found.add(Danger(bomb.start(), bomb.end(), reason))
    for encoded in ENCODED.finditer(text):
        found.add(Danger(encoded.start(), encoded.end(), msg("encoded text that nobody can read")))
    if len(text) > LONG:
        found.add(Danger(0, 1, msg("very long: read to the end")))
    return tuple(sorted(found))


class _DangerReading:
    """Finds the dangers in one text and the commands in it; `offset` is its place in the whole."""

    def __init__(self, text: str, dialect: Dialect, offset: int = 0, depth: int = 0) -> None:
        self._text = text
        self._dialect = dialect
        self._offset = offset
        self._depth = depth

    def found(self) -> Iterator[Danger]:
        read = structure(self._text, self._dialect)
        if read.open:
            end = len(self._text)
            yield self._danger(max(0, end - 1), end, msg("{open} is not closed", open=read.open))
        for pipeline in read.pipelines:
            sources: list[str] = []
            for command in pipeline:
                yield from self._command(command.words, sources)
                yield from self._redirects(command)
                sources.append(self._program(command.words))

    # One command

    def _command(self, words: Sequence[Token], sources: Sequence[str]) -> Iterator[Danger]:
        for word in words:
            yield from self._inner(word)
        while words and (found := ASSIGNMENT.match(words[0].text)):
            if found[1].startswith(rules.LOADING):
                yield self._at(words[0], msg("{found} decides which programs run", found=found[1]))
            words = words[1:]
        if not words:
            return
        first, rest = words[0], words[1:]
        name = self._name(first)
        if self._is_made_up(first):
            yield self._at(first, msg("the program's name is the output of another command"))
        elif BRACES.fullmatch(first.text):
            shown = first.text[1:-1].replace(",", " ")
            yield self._at(first, msg("written in an unusual way: it is {name}", name=shown))
        elif self._is_disguised(first):
            yield self._at(first, msg("written in an unusual way: it is {name}", name=name))
        yield from self._rules(first, name, rest)
        yield from self._reads_commands(first, name, rest, sources)
        yield from self._started(first, name, rest, sources)

    def _rules(self, first: Token, name: str, rest: Sequence[Token]) -> Iterator[Danger]:
        family = "mkfs" if name.startswith("mkfs.") else name
        applied = False
        for rule in RULES.get(family, ()):
            word = first if rule.always else _because(rule, rest)
            if word is not None and not (rule.always and applied):
                yield self._danger(first.start, max(first.end, word.end), rule.reason)
                applied = True
        if name in ("rm", "chmod", "chown", "chgrp", "remove-item"):
            for word in rest:
                if self._raw(word) in rules.WHOLE:
                    yield self._at(word, msg("applies to everything in there"))

    def _reads_commands(
        self, first: Token, name: str, rest: Sequence[Token], sources: Sequence[str]
    ) -> Iterator[Danger]:
        """Dangers of shells and other programs that execute text from a pipe, an argument or
        another command."""
        runs = name in rules.SHELLS or name in rules.LANGUAGES
        if sources and runs and not _has_file(rest, name):
            yield self._at(first, _reason_of(sources))
        letters = "c" if name in rules.SHELLS else rules.LANGUAGES.get(name, "")
        code = _code(rest, letters)
        if name == "awk":
            code = next((w for w in rest if "system(" in w.text or "|" in w.text), None)
        if code is not None and name in rules.LANGUAGES:
            yield self._at(code, rules.LANGUAGE_REASON)
        elif code is not None:
            yield from self._text_in(code)
        if name in rules.EVALUATING:
            yield self._at(first, msg("runs text that is put together only when it runs"))
            for word in rest:
                yield from self._text_in(word)
        reads = name in rules.SHELLS or name in rules.READING or name in rules.EVALUATING
        for word in rest:
            if reads and word.inner and self._downloads(word):
                yield self._at(word, msg("runs what it downloads, unread"))
        if name in ("ssh", "su") and len(rest) > 1:
            yield from self._text_in(rest[-1])
        if name == "trap":
            yield from self._text_in(rest[0]) if rest else ()
        if name == "alias":
            for word in rest:
                yield from self._text_in(word)

    def _started(
        self, first: Token, name: str, rest: Sequence[Token], sources: Sequence[str]
    ) -> Iterator[Danger]:
        """Dangers in the command that this program runs, such as `sudo` and `xargs`."""
        if name in rules.ELEVATING:
            yield self._at(first, rules.ELEVATES)
        if name == "find":
            starts = [at for at, word in enumerate(rest) if word.text in rules.FIND_STARTS]
            for start, end in pairwise([*starts, len(rest)]):
                yield from self._command(rest[start + 1 : end], ())
        if name in rules.RUNNERS and self._depth < DEEPEST:
            within = _DangerReading(self._text, self._dialect, self._offset, self._depth + 1)
            behind = _behind(rest, *rules.RUNNERS[name])
            yield from within._command(behind, sources)
            if len(behind) == 1:  # `watch 'rm x'`
                yield from within._text_in(behind[0])

    # Redirections

    def _redirects(self, command: SimpleCommand) -> Iterator[Danger]:
        for sign, target in command.redirects:
            yield from self._inner(target)
            where, shown = target.text, self._raw(target)
            writes, appends = ">" in sign.text, ">>" in sign.text
            is_stream = sign.text.endswith("&") and (where.isdigit() or where == "-")
            if "/dev/tcp/" in where or "/dev/udp/" in where:
                yield self._span(sign, target, msg("opens a connection to the network"))
            elif "<<" in sign.text and self._program(command.words) in rules.SHELLS:
                yield self._span(sign, target, msg("the text that follows is run"))
            elif not writes or is_stream or where.lower() in rules.HARMLESS_TARGETS:
                continue
            elif where.startswith(rules.DISKS):
                yield self._span(sign, target, msg("overwrites a disk"))
            elif appends and any(part in where for part in rules.STARTUP):
                yield self._span(
                    sign, target, msg("appends to {shown}, which other programs obey", shown=shown)
                )
            elif not appends:
                yield self._span(sign, target, msg("overwrites {shown}", shown=shown))

    # Nested commands

    def _inner(self, word: Token) -> Iterator[Danger]:
        for start, end in word.inner:
            yield from self._within(start, end)

    def _text_in(self, word: Token) -> Iterator[Danger]:
        """Dangers in a word that is itself a command line, as far as it is literal text."""
        raw = self._raw(word)
        named = re.match(r"[\w.-]+=", raw)  # NAME=TEXT, as in `alias`
        start = named.end() if named else 0
        quoted = len(raw) > start + 1 and raw[start] in "'\"" and raw[-1] == raw[start]
        yield from self._within(word.start + start + quoted, word.end - quoted)

    def _within(self, start: int, end: int) -> Iterator[Danger]:
        if self._depth < DEEPEST and start < end:
            text = self._text[start:end]
            place = self._offset + start
            yield from _DangerReading(text, self._dialect, place, self._depth + 1).found()

    def _downloads(self, word: Token) -> bool:
        return any(
            self._program(command.words) in rules.DOWNLOADING
            for start, end in word.inner
            for pipeline in structure(self._text[start:end], self._dialect).pipelines
            for command in pipeline
        )

    # Words

    def _program(self, words: Sequence[Token]) -> str:
        """The program that really runs, after `sudo` and the like."""
        rest = [*words]
        while rest and ASSIGNMENT.match(rest[0].text):
            rest.pop(0)
        name = self._name(rest[0]) if rest else ""
        while name in rules.RUNNERS and (behind := _behind(rest[1:], *rules.RUNNERS[name])):
            rest, name = behind, self._name(behind[0])
        return name

    def _name(self, word: Token) -> str:
        name = word.text.replace("\\", "/").rpartition("/")[2] or word.text
        lower = name.lower().removesuffix(".exe")
        return lower if self._dialect.any_case else name

    def _is_made_up(self, word: Token) -> bool:
        raw = self._raw(word).lstrip('"')
        return raw.startswith(("$(", "`", "${", "$")) and not self._dialect.any_case

    def _is_disguised(self, word: Token) -> bool:
        r"""Whether a name is disguised, as `r\m` and `r""m` are; one quoted as a whole is not."""
        raw = self._raw(word)
        whole = len(raw) > 1 and raw[0] in "'\"" and raw[-1] == raw[0] and " " in raw
        plain = raw == word.text or raw == self._dialect.escape + word.text
        return not plain and not whole and not word.inner

    def _raw(self, word: Token) -> str:
        return self._text[word.start : word.end]

    # Places

    def _at(self, word: Token, reason: str) -> Danger:
        return self._danger(word.start, word.end, reason)

    def _span(self, first: Token, last: Token, reason: str) -> Danger:
        return self._danger(first.start, last.end, reason)

    def _danger(self, start: int, end: int, reason: str) -> Danger:
        return Danger(self._offset + start, self._offset + end, reason)


def _because(rule: Harm, words: Sequence[Token]) -> Token | None:
    """The word that makes the rule apply."""
    for word in words:
        text = word.text.lower() if word.text[:1] in "-/" and len(word.text) > 2 else word.text
        if any(text == w or (text.startswith(w) and w.endswith("=")) for w in rule.words):
            return word
        if any(text.startswith(f"{w}=") for w in rule.words if w.startswith("--")):
            return word
        bundle = LETTERS.match(word.text)
        if bundle and bundle[0] != "-" and set(bundle[0][1:]) & set(rule.short):
            return word
    return None


def _behind(words: Sequence[Token], valued: str, before: int) -> list[Token]:
    """The command after the options of a program that runs it."""
    rest = [*words]
    while rest:
        text = rest[0].text
        if text == "--":
            rest.pop(0)
            break
        if ASSIGNMENT.match(text):
            rest.pop(0)
        elif text.startswith("-") and len(text) > 1:
            takes = len(text) == 2 and text[1] in valued
            del rest[: 1 + takes]
        else:
            break
    return rest[before:]


def _has_file(words: Sequence[Token], name: str) -> bool:
    """Whether it has its own script, so that the pipe is only input."""
    if name in ("perl", "awk", "ruby", "node", "php") and words:
        return True  # usually a filter: -ne '...'
    if name.startswith("python") and any(w.text in ("-c", "-m") for w in words):
        return True
    return any(not word.text.startswith("-") for word in words)


def _code(words: Sequence[Token], letters: str) -> Token | None:
    """The word after `-c`, which is code."""
    for at, word in enumerate(words[:-1]):
        text = word.text.lower()
        bundle = text[:1] in ("-", "/") and text[1:].isalpha()
        if letters and bundle and text[-1] in letters.lower():
            return words[at + 1]
    return None


def _reason_of(sources: Sequence[str]) -> str:
    if rules.DOWNLOADING.intersection(sources):
        return msg("runs what it downloads, unread")
    if rules.DECODING.intersection(sources):
        return msg("runs encoded text")
    return msg("runs whatever comes through the pipe")
