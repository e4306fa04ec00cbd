"""Rules made to keep a walk busy, and that the linear ones mean what they meant."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path, PurePosixPath
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.inputs.ignore import is_ignored, rules_of

HERE = PurePosixPath()


@pytest.mark.parametrize(
    "rule", ["*a" * 8, "*a" * 200, "*" * 500 + "b", "*?" * 100, "**/a*" * 4, "*[ab]" * 50 + "c"]
)
def test_a_rule_of_many_stars_is_matched_in_a_moment(tmp_path: Path, rule: str) -> None:
    (tmp_path / ".gitignore").write_text(rule)
    rules = rules_of(tmp_path, HERE)
    begun = process_time()
    for name in ("a" * 255, "ab" * 127, "/".join(["a" * 60] * 20) + "b"):
        is_ignored(PurePosixPath(name), rules, is_folder=False)
    assert process_time() - begun < 2


NAMES = st.text("ab.", min_size=1, max_size=8)
GLOBS = st.text("ab.*?", min_size=1, max_size=8).filter(lambda glob: "**" not in glob)


@given(NAMES, GLOBS)
@settings(max_examples=500, deadline=None)
def test_stars_mean_what_a_shell_says(
    tmp_path_factory: pytest.TempPathFactory, name: str, glob: str
) -> None:
    if name in (".", ".."):
        return
    folder = tmp_path_factory.getbasetemp()
    (folder / ".gitignore").write_text(glob)
    expected = re.match(fnmatch.translate(glob), name) is not None
    assert is_ignored(PurePosixPath(name), rules_of(folder, HERE), is_folder=False) == expected
