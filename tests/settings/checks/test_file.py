"""What is wrong in a settings file is told with its line and the nearest key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from llmchat.errors import ConfigError
from llmchat.settings import Settings
from llmchat.settings.checks.file import Problem, problems
from llmchat.settings.toml.document import LARGEST, parse_document, read_document


class Load(Protocol):
    def __call__(self, *args: object, **kwargs: object) -> Settings: ...


Write = Callable[[str, str], Path]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            "\ntheme = 'drak'\n",
            ":2: theme must be one of auto, dark, light or the path of a file, not drak",
        ),
        ("# hello\nmodle = 'x'\n", ":2: unknown key modle (did you mean model?)"),
        ("zzz = 1\n", ":1: unknown key zzz"),
        ("timeout = '5'\n", ":1: timeout must be a number of seconds (0 for none)"),
        ("stall_timeout = 0\n", ":1: stall_timeout must be a positive number of seconds"),
        ("stall_timeout = inf\n", ":1: stall_timeout must be a positive number of seconds"),
        ("retries = true\n", ":1: retries must be a non-negative integer"),
        ("save = 1\n", ":1: save must be true or false"),
        ("system = 5\n", ":1: system must be a string"),
        ("fallback = [1]\n", ":1: fallback must be a list of strings"),
        ("aliases = 1\n", ":1: aliases must be a table of strings"),
        ("\n[aliases]\nx = 1\n", ":2: aliases must be a table of strings"),
        ("providers = 1\n", ":1: providers must be a table"),
        ("[providers]\ndemo = 1\n", ":2: providers.demo must be a table"),
        (
            "[providers.gigchat]\nmodel = 'x'\n",
            ":1: unknown provider gigchat (did you mean gigachat?); your own server needs base_url",
        ),
        (
            "[providers.gigachat]\n\nbaseurl = 'x'\n",
            ":3: unknown key baseurl in providers.gigachat (did you mean base_url?)",
        ),
        ("[providers.gigachat]\nheaders = {a = 1}\n", ":2: headers must be a table of strings"),
        ("[providers.mine]\nbase_url='x'\ntype='y'\n", ":3: type must be one of openai, not y"),
        ("[providers.'a b']\nbase_url='x'\n", ":1: 'a b' is not a valid provider name"),
        ("a = 1\nb = \n", ":2: invalid value"),
        ("a = 1\na = 2\n", ":2: cannot overwrite a value"),
        ("a = 'x", ":1: "),
        ("a = " + "[" * 5000, ": nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_line(load: Load, config: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert f"config.toml{message}" in str(caught.value)
    assert caught.value.exit_code == 3
    assert caught.value.hint == "llmchat config edit"


def test_further_mistakes_are_counted(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"1: .* \(and 2 more: llmchat config validate\)"):
        load("modle = 1\nx_y = 2\n[providers.demo]\nz_z = 1\n")


def test_all_mistakes_are_found() -> None:
    document = parse_document("[providers.demo]\nz_z = 1\n[aliases]\nx = 1\n", Path("c.toml"))
    assert list(problems(document, {"demo"})) == [
        Problem(2, "unknown key z_z in providers.demo"),
        Problem(3, "aliases must be a table of strings"),
    ]


def test_a_wrong_value_in_a_project_is_an_error_too(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"\.llmchat\.toml:2: model must be a string"):
        load(project="\nmodel = 5\n")


def test_a_key_is_never_shown_in_an_error(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("[providers.openai]\napi_key = 12345678\n")
    assert str(caught.value).endswith("config.toml:2: api_key must be a string")


def test_bytes_that_are_no_text_are_told_with_their_line(write: Write, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ConfigError, match=r"config.toml:2: not UTF-8 text"):
        read_document(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(write: Write) -> None:
    document = read_document(write("config.toml", "\ufefftheme = 'dark'\r\n"))
    assert document is not None
    assert document.table == {"theme": "dark"}


def test_no_file_is_no_document(tmp_path: Path) -> None:
    assert read_document(tmp_path / "config.toml") is None
    (tmp_path / "file").write_text("")
    assert read_document(tmp_path / "file" / "config.toml") is None


def test_a_folder_or_a_huge_file_is_no_settings_file(tmp_path: Path, write: Write) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        read_document(tmp_path)
    with pytest.raises(ConfigError, match="too large"):
        read_document(write("big.toml", "#" * (LARGEST + 1)))
