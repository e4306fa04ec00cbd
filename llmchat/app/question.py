"""The question as the command line, stdin, files, pages and a template make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmchat.app.choice import auto_model, chosen
from llmchat.app.run import Run
from llmchat.errors import LlmchatError, UsageError
from llmchat.inputs.prompt import Prompt, read_prompt, with_pages
from llmchat.inputs.tokens import check_size
from llmchat.messages import Attachment
from llmchat.providers import NAMES, load

if TYPE_CHECKING:
    from llmchat.templates import Template


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be read without the network."""

    prompt: Prompt
    attachments: Sequence[str] = ()
    template: Template | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """`providers` are those that may be asked and take all of it."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    providers: tuple[str, ...] = ()


def read_draft(
    run: Run,
    words: Sequence[str],
    *,
    files: Sequence[str],
    attachments: Sequence[str],
    follows: bool = False,
) -> tuple[Run, Draft]:
    """Reads stdin and files; a template may say who is asked, so that another run goes on. One that
    is only configured does not wrap what follows in a conversation."""
    template, values, rest = _template(run, words, follows=follows)
    prompt = read_prompt(
        rest,
        stdin=run.world.stdin,
        cwd=run.world.cwd,
        files=files,
        limit=int(run.settings.get("max_input").value),
    )
    if template:
        run = run.with_flags(template.flags(values, run.flags))
    return run, Draft(prompt, attachments, template, values)


def _template(
    run: Run, words: Sequence[str], *, follows: bool
) -> tuple[Template | None, dict[str, str], list[str]]:
    setting = run.settings.get("template")
    name = str(setting.value)
    if not name or (follows and setting.origin.source != "flag"):
        return None, {}, list(words)
    from llmchat.templates import find_template  # its patterns cost 1 ms

    template = find_template(name, run.paths.templates)
    return template, *template.split(words)


async def completed(run: Run, draft: Draft, *, before: Sequence[str] = ()) -> Question:
    """With the pages fetched and the template filled; its size is told or refused, together with
    what was said `before` and is sent along."""
    prompt = draft.prompt
    if prompt.urls:
        from llmchat.app.pages import fetch

        limit = int(run.settings.get("max_input").value)
        prompt = await with_pages(prompt, lambda url, most: fetch(run, url, most), limit=limit)
    for notice in prompt.notices:
        run.report.notice(notice)
    question = _attached(run, draft.attachments, chosen(run))
    text = _filled(prompt, draft) if not (question.attachments and prompt.is_empty) else ""
    first = question.providers[0]
    notice = check_size(
        text,
        model=_model(run, first),
        window=int(run.settings.of(first, "context").value),
        large=int(run.settings.get("large_input").value),
        before=before,
    )
    if notice:
        run.report.notice(notice)
    return replace(question, text=text)


def _filled(prompt: Prompt, draft: Draft) -> str:
    if draft.template is None:
        return prompt.text
    return draft.template.prompt(draft.values, given="" if prompt.is_empty else prompt.text)


def _attached(run: Run, paths: Sequence[str], names: Sequence[str]) -> Question:
    """The files, and the providers that take them: nobody else is asked."""
    if not paths:
        return Question("", providers=tuple(names))
    from llmchat.inputs.attachments import read_attachments  # only for -a

    found: tuple[Attachment, ...] = ()
    taking: list[str] = []
    refused: list[LlmchatError] = []
    for name in names:
        try:
            found = read_attachments(paths, provider=name, cwd=run.world.cwd)
            taking.append(name)
        except LlmchatError as error:
            refused.append(error)
    if not taking and len(refused) > 1:
        said = "; ".join(error.message for error in refused)
        raise UsageError(said, hint="llmchat auth gigachat signs in to one that takes files")
    if not taking:
        raise refused[0]
    if taking[0] != names[0]:
        run.report.notice(f"{refused[0].message}: {taking[0]} is asked")
    return Question("", found, tuple(taking))


def _model(run: Run, provider: str) -> str:
    """The model that will be asked, as far as it is known before the service says so."""
    model = auto_model(run, provider)
    if model or provider not in NAMES:
        return model
    return load(provider).default_model
