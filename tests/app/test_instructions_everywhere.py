"""A project's instructions with several models or many prompts follow the same rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.test_instructions import ASKED, RULE, Project, project

__all__ = ["project"]
TWO = ("--vs", "box/a", "--vs", "box/b")


def systems(project: Project) -> list[bool]:
    return [RULE in heard for heard in project.heard]


@pytest.fixture
def prompts(project: Project) -> str:
    (project.here / "prompts.txt").write_text("one\ntwo\n")
    return "prompts.txt"


def test_several_models_get_what_was_allowed_once(project: Project) -> None:
    asked = project.ask(*TWO, typed="y\n")
    assert (asked.err.count(ASKED), systems(project)) == (1, [True, True])
    project.ask(*TWO)
    assert systems(project) == [True] * 4


def test_several_models_get_nothing_that_nobody_allowed(project: Project) -> None:
    project.ask(*TWO)
    project.ask(*TWO, "--no-instructions", typed="y\n")
    assert systems(project) == [False] * 4


def test_a_keyless_one_of_them_gets_none_without_its_own_yes(project: Project) -> None:
    project.ask("--vs", "box/a", "--vs", "yqcloud/gpt-4", LLMCHAT_INSTRUCTIONS="on")
    assert sorted(systems(project)) == [False, True]
    assert '"messages"' in project.heard[systems(project).index(True)]


def test_what_is_shown_for_several_models_is_what_is_sent(project: Project) -> None:
    shown = project.ask(*TWO, "--dry-run", LLMCHAT_INSTRUCTIONS="on")
    assert (shown.out.count(RULE), project.heard) == (2, [])


def test_a_batch_asks_before_its_first_prompt_and_once(project: Project, prompts: str) -> None:
    asked = project.shell("batch", prompts, stdin="y\n", keyboard=True, screen=True)
    assert (asked.err.count(ASKED), systems(project)) == (1, [True, True])


def test_a_batch_sends_nothing_that_nobody_allowed(project: Project, prompts: str) -> None:
    assert project.shell("batch", prompts).code == 0
    project.shell("batch", prompts, "--no-instructions", LLMCHAT_INSTRUCTIONS="on")
    assert systems(project) == [False] * 4


def test_a_batch_shows_them_in_a_dry_run_and_keeps_none(project: Project, prompts: str) -> None:
    shown = project.shell("batch", prompts, "--dry-run", LLMCHAT_INSTRUCTIONS="on")
    assert (RULE in shown.out, project.heard) == (True, [])
    project.shell("batch", prompts, "--save", LLMCHAT_INSTRUCTIONS="on")
    assert systems(project) == [True, True]
    assert RULE not in project.shell("history", "export", "last", "--json").out


def test_other_instructions_are_other_settings_to_resume_by(project: Project, prompts: str) -> None:
    again = ("batch", prompts, "--out", "out.jsonl", "--resume")
    project.shell(*again, LLMCHAT_INSTRUCTIONS="on")
    project.shell(*again, LLMCHAT_INSTRUCTIONS="on")
    assert len(project.heard) == 2
    (project.root / "AGENTS.md").write_text("Answer in prose.")
    project.shell(*again, LLMCHAT_INSTRUCTIONS="on")
    lines = (project.here / "out.jsonl").read_text().splitlines()
    assert (len(project.heard), len({json.loads(line)["settings_sha256"] for line in lines})) == (
        4,
        2,
    )


def test_a_secret_in_them_goes_to_no_keyless_service(project: Project, prompts: str) -> None:
    (project.root / "AGENTS.md").write_text("token: sk-proj-" + "a1B2" * 12)
    batch = ("batch", prompts, "-p", "yqcloud")
    refused = project.shell(*batch, stdin="y\ny\nn\n", keyboard=True, screen=True)
    assert refused.code == 2
    assert project.heard == []


def test_room_is_not_made_where_nobody_knows_a_window(project: Project, tmp_path: Path) -> None:
    project.ask()
    assert project.ask("-c", *TWO).code == 0
    assert len(project.heard) == 3
