"""Catalogues as they are in the sources, and a command line in any language."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.messages import catalogues
from hatch_build import compile_catalogue
from llmchat.language import ENGLISH, use
from tests.shell import Shell


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Compiles the catalogues, which a build does; here they may have been edited since."""
    for language in catalogues.languages():
        po = catalogues.po_file(language)
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            compile_catalogue(po)


@pytest.fixture(autouse=True)
def english_again() -> object:
    yield
    use(lambda: ENGLISH)


@pytest.fixture
def llmchat(tmp_path: Path) -> Shell:
    environ = {"LLMCHAT_HOME": str(tmp_path), "PAGER": "cat", "TERM": "xterm", "PATH": "/bin"}
    return Shell(tmp_path, environ)
