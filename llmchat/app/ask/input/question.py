"""Builds the question from the command line, stdin, files, pages and a template."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from llmchat.app.ask.candidates import auto_model, candidate_names
from llmchat.app.ask.output.pictures import is_picture_name
from llmchat.app.run.context import Context
from llmchat.errors import LlmchatError, TooLong, UsageError
from llmchat.inputs.prompt import STDIN, Prompt, read_prompt, read_stdin, with_pages
from llmchat.inputs.tokens import check_size
from llmchat.language import joined, msg
from llmchat.providers import all_names, load
from llmchat.settings.sources import PROJECT_FILE
from llmchat.values.messages import Attachment

if TYPE_CHECKING:
    from pathlib import Path

    from llmchat.app.ask.input.follow_up import FollowUp
    from llmchat.app.ask.schema import WantedData
    from llmchat.app.setup.templates import FilledTemplate
    from llmchat.templates import Template

AnswerForm = Literal["", "json", "jsonl", "raw", "markdown"]
INSTRUCTION_FILES = ("AGENTS.md", "LLMCHAT.md")
MOST_TOKENS = 2  # tokens per character at most: an emoji
SMALL = 4000  # tokens that fit into every model's window


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """The options of `ask` and `batch` that are not settings."""

    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    allow_secrets: bool = False
    schema: str | None = None  # a file, JSON, or the short form
    schema_list: bool = False
    schema_retries: int | None = None
    tools: tuple[str, ...] = ()  # tools that the model may call
    allow: tuple[str, ...] = ()  # tools that may run without confirmation
    max_rounds: int | None = None

    @property
    def names_schema(self) -> bool:
        return self.schema is not None or self.schema_list or self.schema_retries is not None

    def check_for_schema(self) -> None:
        """Raises an error if other flags contradict the schema."""


@dataclass(frozen=True, slots=True)
class AskOptions(QuestionOptions):
    """The options of `ask`, which has one answer."""

    continued: bool = False
    cid: str = ""
    form: AnswerForm = ""
    edits: bool = False
    extract: int | None = None  # the number of a code block; -1 means the last
    output: str = ""

    def picture_in(self, cwd: Path) -> Path | None:
        """The path for the picture, if -O names a picture file."""
        return cwd / self.output if is_picture_name(self.output) else None

    def check_for_schema(self) -> None:
        if self.extract is not None:
            raise UsageError(
                msg("-x and a schema cannot be combined"),
                hint=msg("stdout contains only the JSON anyway"),
            )
        if self.form == "markdown":
            raise UsageError(
                msg("--markdown and a schema cannot be combined"), hint=msg("see docs/json.md")
            )
        if is_picture_name(self.output):
            raise UsageError(
                msg("{output} is a picture, but a schema produces JSON", output=self.output),
                hint=msg("-O answer.json"),
            )


@dataclass(frozen=True, slots=True)
class PromptDraft:
    """The prompt as far as it can be read without the network."""

    prompt: Prompt
    attachments: Sequence[str] = ()
    template: FilledTemplate | None = None
    piped: bytes = b""  # the attachment `-`

    @property
    def says_something(self) -> bool:
        """Whether there is a prompt; a template may need none from the person."""
        return not self.prompt.is_empty or bool(self.template and not self.template.needs_text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is ready to send; `providers` are those that support all of it."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    providers: tuple[str, ...] = ()


def read_asked(
    context: Context, options: AskOptions
) -> tuple[Context, PromptDraft, FollowUp | None]:
    """Reads the question, with the conversation that it continues, if any."""
    follow_up: FollowUp | None = None
    if ref := options.cid or ("last" if options.continued else ""):
        from llmchat.app.ask.input.follow_up import find_follow_up  # only for -c and --cid

        follow_up = find_follow_up(context, ref)
    context, draft = read_draft(
        context,
        options.words,
        files=options.files,
        attachments=options.attachments,
        follows=bool(ref),
    )
    return context, draft, follow_up


def read_wanted(
    context: Context, options: QuestionOptions, template: Template | None
) -> WantedData | None:
    """The schema for the answers, if the flags or the template name one."""
    if not (options.names_schema or (template and template.schema)):
        return None
    from llmchat.app.ask.schema import wanted_by  # only with a schema

    wanted = wanted_by(context, options, template)
    options.check_for_schema()
    return wanted


def read_draft(
    context: Context,
    words: Sequence[str],
    *,
    files: Sequence[str],
    attachments: Sequence[str],
    follows: bool = False,
) -> tuple[Context, PromptDraft]:
    """Reads stdin and files. The template may change provider and settings, so a new context is
    returned. A template from the settings is ignored if the question `follows` in a
    conversation."""
    template = _template(context, words, follows=follows)
    piped = _piped(context) if STDIN in attachments else b""
    prompt = read_prompt(
        template.words if template else words,
        stdin=context.world.stdin,
        cwd=context.world.cwd,
        files=files,
        limit=int(context.settings.get("max_input").value),
        use_stdin=STDIN not in attachments,
        is_secret=context.is_secret,
    )
    if template:
        context = context.with_flags(template.flags(context.flags))
    return context, PromptDraft(prompt, attachments, template, piped)


def _piped(context: Context) -> bytes:
    from llmchat.inputs.attachments import LARGEST  # only for -a

    return read_stdin(context.world.stdin, LARGEST)


def _template(context: Context, words: Sequence[str], *, follows: bool) -> FilledTemplate | None:
    setting = context.settings.get("template")
    name = str(setting.value)
    if not name or (follows and setting.origin.source != "flag"):
        return None
    from llmchat.app.setup.templates import fill_template

    return fill_template(context, name, words)


async def complete(
    context: Context, draft: PromptDraft, *, before: Sequence[str] = (), compacts: bool = False
) -> Question:
    """The question, with pages fetched and the template filled in. Its size is reported or refused,
    together with what was said `before`, unless that can be compacted."""
    prompt = draft.prompt
    if prompt.urls:
        from llmchat.app.ask.input.pages import fetch

        limit = int(context.settings.get("max_input").value)
        prompt = await with_pages(prompt, partial(fetch, context), limit=limit)
    for notice in prompt.notices:
        context.report.notice(notice)
    text = "" if draft.attachments and prompt.is_empty else _filled(prompt, draft)
    question = _attached(context, draft, candidate_names(context))
    first = question.providers[0]
    model = model_asked(context, first)
    notice = size_notice(
        context, text, provider=first, model=model, before=before, compacts=compacts
    )
    if notice:
        context.report.notice(notice)
    return replace(question, text=text)


def project_folders(cwd: Path) -> list[str]:
    """The folders from here up to the repository's root; outside a repository only this one."""
    folders = [str(folder) for folder in (cwd, *cwd.parents)]
    root = next((n for n, f in enumerate(folders) if os.path.lexists(f"{f}/.git")), 0)
    return folders[: root + 1]


def may_be_instructed(context: Context) -> bool:
    """A quick check whether there are any files with instructions."""
    if context.settings.text("instructions") == "off":
        return False
    names = (*INSTRUCTION_FILES, PROJECT_FILE)
    return any(
        os.path.lexists(f"{folder}/{name}")
        for folder in project_folders(context.world.cwd)
        for name in names
    )


def size_notice(
    context: Context,
    text: str,
    *,
    provider: str,
    model: str,
    before: Sequence[str],
    compacts: bool = False,
) -> str:
    """A notice about a large prompt; raises TooLong if the model cannot take it. If the
    conversation `compacts`, only the prompt has to fit."""
    large = int(context.settings.get("large_input").value)
    window = int(context.settings.of(provider, "context").value)
    if MOST_TOKENS * sum(map(len, (text, *before))) < min(large or SMALL, window or SMALL):
        return ""
    from llmchat.app.models import known_window  # reads the cached list of models

    window = known_window(context, provider, model)
    try:
        return check_size(text, model=model, window=window, large=large, before=before)
    except TooLong:
        if not compacts:
            raise
    return check_size(text, model=model, window=window, large=large)


def _filled(prompt: Prompt, draft: PromptDraft) -> str:
    if draft.template is None:
        return prompt.text
    return draft.template.prompt("" if prompt.is_empty else prompt.text)


def _attached(context: Context, draft: PromptDraft, names: Sequence[str]) -> Question:
    """The question with its attachments, and the providers that accept them."""
    if not draft.attachments:
        return Question("", providers=tuple(names))
    from llmchat.inputs.attachments import read_attachments  # only for -a

    found: tuple[Attachment, ...] = ()
    accepting: list[str] = []
    refused: list[LlmchatError] = []
    for name in names:
        try:
            found = read_attachments(
                draft.attachments,
                provider=name,
                cwd=context.world.cwd,
                is_secret=context.is_secret,
                piped=draft.piped,
            )
            accepting.append(name)
        except LlmchatError as error:
            refused.append(error)
    if not accepting and len(refused) > 1:
        reasons = joined("; ", [error.message for error in refused])
        raise UsageError(reasons, hint=msg("to send files, sign in: llmchat auth gigachat"))
    if not accepting:
        raise refused[0]
    if accepting[0] != names[0]:
        context.report.notice(
            msg("{message}; using {accepting}", message=refused[0].message, accepting=accepting[0])
        )
    return Question("", found, tuple(accepting))


def model_asked(context: Context, provider: str) -> str:
    """The model that will be requested; "" if only the service knows."""
    model = auto_model(context, provider)
    if model or provider not in all_names():
        return model
    return load(provider).default_model
