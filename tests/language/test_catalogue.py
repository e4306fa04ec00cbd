"""Our reader of .mo files finds what gettext finds, and costs nothing where it is not needed."""

from __future__ import annotations

import gettext
import subprocess
import sys
from pathlib import Path

import pytest

from dev.messages import catalogues
from llmchat.language.catalogue import FORMS, Catalogue
from tests.shell import Shell

LANGUAGES = catalogues.languages()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def compiled_file(language: str) -> Path:
    return catalogues.po_file(language).with_suffix(".mo")


def test_every_message_is_found(language: str) -> None:
    reader = Catalogue(compiled_file(language).read_bytes())
    catalog = catalogues.read(language)
    translated = [message for message in catalog if message.id and message.string]
    assert translated
    for message in translated:
        first = message.id if isinstance(message.id, str) else message.id[0]
        strings = (message.string,) if isinstance(message.string, str) else message.string
        assert reader.get(first) == list(strings or ())


def test_what_is_not_there_is_not_found(language: str) -> None:
    reader = Catalogue(compiled_file(language).read_bytes())
    assert [reader.get(text) for text in ("zzz", "0", "nobody says this")] == [[], [], []]
    assert Catalogue(b"").get("interrupted") == []


def test_plurals_are_chosen_as_the_catalogue_says(language: str) -> None:
    rule = gettext.c2py(catalogues.PLURALS[language].partition("plural=")[2].rstrip(";"))
    assert [FORMS[language](n) for n in range(250)] == [rule(n) for n in range(250)]


@pytest.mark.parametrize("variables", [{}, {"LANG": "C.UTF-8"}, {"LLMCHAT_LANG": "en"}])
def test_in_english_no_catalogue_is_opened(llmchat: Shell, variables: dict[str, str]) -> None:
    code = (
        "import sys, os; sys.argv[1:] = ['ask', '-p', 'nope', 'hi']\n"
        "from llmchat.cli.main import real_world, run\n"
        "code = run(sys.argv[1:], real_world())\n"
        "print(code, 'llmchat.language.catalogue' in sys.modules, 'gettext' in sys.modules)"
    )
    environ = {**llmchat.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3", "False", "False"] or done.stdout.split()[1] == "False"
    assert "unknown provider" in done.stderr
