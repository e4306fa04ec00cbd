"""The question as the command line, stdin, files, pages and a template make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmchat.app.run import Run
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
    text: str
    attachments: tuple[Attachment, ...] = ()


def read_draft(
    run: Run, words: Sequence[str], *, files: Sequence[str], attachments: Sequence[str]
) -> tuple[Run, Draft]:
    """Reads stdin and files; a template may say who is asked, so that another run goes on."""
    template, values, rest = _template(run, words)
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


def _template(run: Run, words: Sequence[str]) -> tuple[Template | None, dict[str, str], list[str]]:
    name = run.settings.text("template")
    if not name:
        return None, {}, list(words)
    from llmchat.templates import find_template  # its patterns cost 1 ms

    template = find_template(name, run.paths.templates)
    return template, *template.split(words)


async def completed(run: Run, draft: Draft) -> Question:
    """With the pages fetched and the template filled; its size is told or refused."""
    prompt = draft.prompt
    if prompt.urls:
        from llmchat.app.pages import fetch

        limit = int(run.settings.get("max_input").value)
        prompt = await with_pages(prompt, lambda url, most: fetch(run, url, most), limit=limit)
    for notice in prompt.notices:
        run.report.notice(notice)
    attachments = _attached(run, draft.attachments)
    text = _filled(prompt, draft) if not (attachments and prompt.is_empty) else ""
    notice = check_size(
        text,
        model=_model(run),
        window=_window(run),
        large=int(run.settings.get("large_input").value),
    )
    if notice:
        run.report.notice(notice)
    return Question(text, attachments)


def _filled(prompt: Prompt, draft: Draft) -> str:
    if draft.template is None:
        return prompt.text
    return draft.template.prompt(draft.values, given="" if prompt.is_empty else prompt.text)


def _attached(run: Run, paths: Sequence[str]) -> tuple[Attachment, ...]:
    if not paths:
        return ()
    from llmchat.inputs.attachments import read_attachments  # only for -a

    return read_attachments(paths, provider=run.settings.target().provider, cwd=run.world.cwd)


def _model(run: Run) -> str:
    """The model that will be asked, as far as it is known before the service says so."""
    target = run.settings.target()
    if target.model or target.provider not in NAMES:
        return target.model
    return load(target.provider).default_model


def _window(run: Run) -> int:
    """The tokens that the person says the model holds."""
    provider = run.settings.target().provider
    return int(run.settings.of(provider, "context").value) if provider != "auto" else 0
