"""Makes the question of each row from its text, template and files, with a hash that identifies it.

A row alone cannot name files: only `-f` and `-a` do, and `{{ column }}` in their value takes the
name from the row. So an input file cannot make llmchat send a person's files unasked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from llmchat.app.ask.candidates import auto_model
from llmchat.app.ask.input.question import size_notice
from llmchat.app.batch.input.rows import BatchRow
from llmchat.app.batch.input.source import BatchInput
from llmchat.errors import EmptyPrompt, LlmchatError, UsageError
from llmchat.inputs.prompt import STDIN, Prompt, PromptSource, read_prompt, with_pages
from llmchat.language import msg
from llmchat.providers import kind_of
from llmchat.templates import INPUT, VARIABLE

if TYPE_CHECKING:
    from llmchat.app.batch.input.wording import Wording
    from llmchat.app.run.context import Context
    from llmchat.values.messages import Attachment

NO_PROMPT = msg('add "prompt", or name a column: llmchat batch FILE "Translate {{ city }}"')


@dataclass(frozen=True, slots=True)
class RowQuestion:
    """A question that is ready to send; `unfetched` are its pages that are not fetched yet."""

    row: BatchRow
    id: str
    text: str
    system: str
    model: str
    options: Mapping[str, Any]
    attachments: tuple[Attachment, ...]
    input_sha256: str
    settings_sha256: str
    unfetched: Prompt | None = None

    @property
    def key(self) -> bytes:
        """A hash; an earlier answer with the same one belongs to this question."""
        return answer_key(self.id, self.input_sha256, self.settings_sha256)


def answer_key(*parts: str) -> bytes:
    return sha256("\n".join(parts).encode("utf-8", "replace")).digest()[:16]


class Questions:
    """Makes the question of each row; files that are the same for all rows are read once."""

    def __init__(
        self,
        context: Context,
        source: BatchInput,
        wording: Wording,
        *,
        names: Sequence[str],
        files: Sequence[str] = (),
        attachments: Sequence[str] = (),
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[str] = (),
        instructions: str = "",
    ) -> None:
        """The project's `instructions` are part of the hash, because answers depend on them."""
        if STDIN in (*files, *attachments):
            raise UsageError(msg("a batch does not read a file from stdin"), hint=msg("-f FILE"))
        self._context = context
        self._source = source
        self._wording = wording
        self._names = names
        self._limit = int(context.settings.get("max_input").value)
        self._row_files = [name for name in files if VARIABLE.search(name)]
        self._row_attachments = [name for name in attachments if VARIABLE.search(name)]
        self._shared = self._read([name for name in files if name not in self._row_files])
        self._pages: dict[str, str] = {}  # pages that all rows share
        self._attached = self._attachments([a for a in attachments if not VARIABLE.search(a)])
        self._model = auto_model(context, names[0])
        self._system = context.settings.text("system")
        self._fixed_system = "system" in context.flags and bool(context.flags["system"])
        self._settings = [*self._common_settings(), schema, *tools, *filter(None, [instructions])]
        fields = (*self._row_files, *self._row_attachments)
        self.used = wording.variables.union(*map(VARIABLE.findall, fields))

    def of(self, row: BatchRow) -> RowQuestion:
        """The question of a row; an error names its line."""
        try:
            return self._made(row)
        except LlmchatError as error:
            where = self._source.where(row.line)
            error.message = msg("{where}: {message}", where=where, message=error.message)
            error.args = (error.message,)
            raise

    async def fetched(self, question: RowQuestion) -> RowQuestion:
        """The question with the text of its pages, which are fetched now."""
        if question.unfetched is None:
            return question
        from llmchat.app.ask.input.pages import fetch  # only for -f URL
        from llmchat.render.stderr.report import Report

        sources = tuple(
            source
            if source.text is not None
            else replace(source, text=self._pages.get(source.name))
            for source in question.unfetched.sources
        )
        silent = replace(self._context, report=Report(None))
        prompt = replace(question.unfetched, sources=sources)
        prompt = await with_pages(prompt, partial(fetch, silent), limit=self._limit)
        text = self._wording.text(prompt, question.row.fields)
        self._check_size(text, question.model)
        return replace(question, text=text, unfetched=None)

    async def fetch_shared(self) -> None:
        """Fetches the pages that all rows share."""
        if self._shared.urls:
            from llmchat.app.ask.input.pages import fetch  # only for -f URL

            fetching = partial(fetch, self._context)
            prompt = await with_pages(self._shared, fetching, limit=self._limit)
            self._pages = {source.name: source.text or "" for source in prompt.sources}

    def _made(self, row: BatchRow) -> RowQuestion:
        prompt = self._prompt(row)
        shown = replace(prompt, sources=tuple(map(_with_address, prompt.sources)))
        text = self._text(row, shown)
        model = self._row_model(row)
        self._check_size(text, model)
        system = self._row_system(row)
        attachments = (*self._attached, *self._row_attached(row))
        told = [
            *self._settings, model, system, row.options,
            [(a.name, sha256(a.content).hexdigest()) for a in attachments],
        ]  # fmt: skip
        return RowQuestion(
            row,
            row.id or str(row.place),
            text,
            system,
            model,
            row.options,
            attachments,
            _digest(text),
            _digest(json.dumps(told, sort_keys=True, default=str)),
            prompt if prompt.urls else None,
        )

    def _prompt(self, row: BatchRow) -> Prompt:
        variables = self._wording.variables
        given = "" if "prompt" in variables else row.prompt or row.fields.get(INPUT, "")
        files = [_filled(name, row) for name in self._row_files]
        own = self._read([name for name in files if name])
        return Prompt(given, (*self._shared.sources, *own.sources))

    def _text(self, row: BatchRow, prompt: Prompt) -> str:
        try:
            text = self._wording.text(prompt, row.fields)
        except UsageError as error:
            hint = msg(
                "the columns are: {fields}; or pass name=value",
                fields=", ".join(row.fields) or "none",
            )
            raise type(error)(error.message, hint=hint) from None
        if not text.strip() and not (self._attached or self._row_attachments):
            raise EmptyPrompt(msg("the row has no prompt"), hint=NO_PROMPT)
        return text

    def _row_system(self, row: BatchRow) -> str:
        if row.system is not None and "system" not in self._wording.variables:
            return row.system
        if self._fixed_system:
            return self._system
        return self._wording.system(row.fields) or self._system

    def _row_model(self, row: BatchRow) -> str:
        """The model that a row chooses, allowed only if a single service is asked."""
        if not row.model or "model" in self._wording.variables:
            return self._model
        if len(self._names) > 1:
            hint = msg("leave out --fallback, or the model of the row")
            raise UsageError(
                msg("a row names a model, but several providers may answer"), hint=hint
            )
        provider = self._names[0]
        name, rest = self._context.settings.chooser.named(row.model)
        model = rest if name in ("", provider) else row.model
        kind = kind_of(provider)
        if kind.closed_models and model not in (*kind.models, *kind.model_aliases):
            choose = msg("choose from: {models}", models=", ".join(kind.models[:5]))
            raise UsageError(
                msg("{provider} does not have a model {model!r}", provider=provider, model=model),
                hint=choose,
            )
        return model

    def _row_attached(self, row: BatchRow) -> tuple[Attachment, ...]:
        names = [_filled(name, row) for name in self._row_attachments]
        return self._attachments([name for name in names if name])

    def _read(self, files: Sequence[str]) -> Prompt:
        context = self._context
        if STDIN in files:
            raise UsageError(
                msg("a row does not read its file from stdin"), hint=msg("name a file")
            )
        if not files:
            return Prompt()
        return read_prompt(
            (),
            stdin=None,
            cwd=context.world.cwd,
            files=files,
            limit=self._limit,
            use_stdin=False,
            is_secret=context.is_secret,
        )

    def _attachments(self, paths: Sequence[str]) -> tuple[Attachment, ...]:
        if not paths:
            return ()
        from llmchat.inputs.attachments import read_attachments  # only for -a

        found: tuple[Attachment, ...] = ()
        cwd, is_secret = self._context.world.cwd, self._context.is_secret
        for name in self._names:  # any of them may be asked
            found = read_attachments(paths, provider=name, cwd=cwd, is_secret=is_secret)
        return found

    def _check_size(self, text: str, model: str) -> None:
        size_notice(self._context, text, provider=self._names[0], model=model, before=())

    def _common_settings(self) -> list[object]:
        """What an answer depends on besides the row."""
        context = self._context
        reached = [(name, context.settings.endpoint(name)) for name in self._names]
        return [[n, auto_model(context, n), dict(e.options), e.effort] for n, e in reached]


def _with_address(source: PromptSource) -> PromptSource:
    """A page represented by its address."""
    return source if source.text is not None else PromptSource(source.name, source.name)


def _filled(name: str, row: BatchRow) -> str:
    """A file name with the row's columns filled in; an empty one names no file."""

    def column(found: Any) -> str:
        if found[1] not in row.fields:
            hint = msg("the columns are: {fields}", fields=", ".join(row.fields) or "none")
            raise UsageError(
                msg("-f {name}: there is no column {found}", name=name, found=found[1]), hint=hint
            )
        return row.fields[found[1]].strip()

    return VARIABLE.sub(column, name)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
