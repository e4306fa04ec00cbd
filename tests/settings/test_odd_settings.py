"""Whatever stands in a variable or in the file: it is a setting, or an error with its place."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import LlmchatError
from llmchat.settings.checks.file import first_error
from llmchat.settings.keys import TOP
from llmchat.settings.sources import read_config, read_environment
from llmchat.settings.toml.document import parse_document, read_document

NUMBERS = st.sampled_from(
    ["9" * 400, "9" * 5000, "-1", "1e400", "nan", "inf", "0x10", "\u0663", "\xb2"]
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40), NUMBERS, st.just("[" * 5000)
)
VARIABLES = st.sampled_from(
    [f"LLMCHAT_{name.upper()}" for name in TOP] + ["LLMCHAT_OPENAI_BASE_URL"]
)
VALUES = st.one_of(
    NUMBERS,
    st.sampled_from(["2020-01-01", "07:32:00", "[]", "{}", "true", "''", "[2020-01-01]", "inf"]),
    st.text(max_size=20),
)


@given(VARIABLES, TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_variable_is_a_setting_or_an_error(variable: str, text: str) -> None:
    with suppress(LlmchatError):
        read_environment({variable: text}, ["openai"], {})


@given(st.sampled_from(sorted(TOP)), VALUES)
@settings(max_examples=150, deadline=None)
def test_a_line_of_the_file_is_a_setting_or_an_error(name: str, value: str) -> None:
    with suppress(LlmchatError):
        document = parse_document(f"{name} = {value}\n", Path("config.toml"))
        if first_error(document, ["openai"]) is None:
            read_config(document)


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_settings_or_an_error(content: bytes) -> None:
    with TemporaryDirectory() as folder, suppress(LlmchatError):
        path = Path(folder) / "config.toml"
        path.write_bytes(content)
        read_document(path)
