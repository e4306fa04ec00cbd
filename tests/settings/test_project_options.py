"""A project's options set how a model answers, never what it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import ConfigError
from llmchat.settings.checks.file import project_warnings
from llmchat.settings.sources import read_project
from llmchat.settings.toml.document import parse_document

PATH = Path(".llmchat.toml")
QUOTE = "'"


@pytest.mark.parametrize(
    "name",
    [
        *("messages", "model", "stream", "tools", "tool_choice", "functions", "Messages"),
        *("function_call", "input", "prompt", "chat_template", "documents", "query", "prediction"),
        *(
            "mcp_servers",
            "web_search_options",
            "images",
            "file_ids",
            "systemPrompt",
            "image_data",
            "template",
        ),
        *("'messages '", "' messages'", "'web-search'", "'ｍessages'"),
        *("api_base", "fallbacks", "mock_response", "extra_body", "system_prompt"),
    ],
)
def test_what_carries_the_question_is_left_out_with_a_word(name: str) -> None:
    document = parse_document(f"[options]\n{name} = []\ntemperature = 0.5\n", PATH)
    assert read_project(document).top["options"].value == {"temperature": 0.5}
    assert list(project_warnings(document)) == [
        f".llmchat.toml:2: a project file cannot set options.{name.strip(QUOTE)}; ignored"
    ]


@pytest.mark.parametrize("inner", ["chat_template", "Messages", "more_kwargs.tools"])
def test_what_a_template_is_given_carries_no_question_either(inner: str) -> None:
    own = f"[options.chat_template_kwargs]\nenable_thinking = true\n{inner} = 'x'\n"
    assert read_project(parse_document(own, PATH)).top["options"].value == {}
    plain = parse_document("[options.chat_template_kwargs]\nenable_thinking = true\n", PATH)
    assert read_project(plain).top["options"].value == plain.table["options"]


@pytest.mark.parametrize("value", ["2026-05-01", "12:30:00", "inf", "-inf", "nan", "1e400"])
def test_what_no_json_can_hold_is_no_option(value: str) -> None:
    with pytest.raises(ConfigError, match="not dates"):
        read_project(parse_document(f"[options]\na = [{{b = {value}}}]\n", PATH))
