"""`[tools]` in config.toml: what may stand there, and what each mistake is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import ConfigError
from llmchat.settings.toml.document import parse_document
from llmchat.settings.tools import expand, listed_tools, read_tools, tool_mistakes
from tests.settings.conftest import Load


def mistakes(text: str) -> list[str]:
    table = parse_document(text, Path("config.toml")).table["tools"]
    return [problem for _, problem in tool_mistakes(table)]


def test_a_table_with_everything() -> None:
    settings = read_tools(
        parse_document(
            """
[tools]
max_rounds = 3
max_result = "10KiB"
[tools.time]
command = "uvx"
args = ["mcp-server-time"]
env = { TZ = "UTC" }
include = ["get_*"]
allow = "get_current_time"
timeout = 5
[tools.web]
url = "https://mcp.example/mcp"
headers = { Authorization = "Bearer ${TOKEN}" }
[tools.old]
url = "https://mcp.example/sse"
type = "sse"
""",
            Path("config.toml"),
        )
    )
    time, web, old = settings.configs.values()
    assert (settings.max_rounds, settings.max_result) == (3, 10 * 1024)
    assert (time.type, time.runs, time.allow) == (
        "stdio",
        "uvx mcp-server-time",
        ("get_current_time",),
    )
    assert (time.timeout, time.start_timeout) == (5.0, 10.0)
    assert (web.type, old.type) == ("http", "sse")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tools = 1", "tools must be a table"),
        ("[tools]\nmax_rouds = 1", "unknown key max_rouds in tools (did you mean max_rounds?)"),
        ("[tools]\nmax_rounds = -1", "max_rounds must be a non-negative integer"),
        ("[tools.a]", "tools.a needs a command or a url"),
        ('[tools.a]\ncomand = "x"', "unknown key comand in tools.a (did you mean command?)"),
        ("[tools.a]\ncommand = 1", "command must be a string"),
        ('[tools.a]\ncommand = "x"\nurl = "https://x"', "tools.a has a command and a url"),
        ('[tools.a]\ntype = "http"', "tools.a needs a url"),
        ('[tools.a]\ntype = "ftp"\ncommand = "x"', "type must be one of stdio"),
        ('[tools.a]\ntype = "python"\ncommand = "x"', "must be FILE.py:FUNCTION"),
        ('[tools."a/b"]\ncommand = "x"', "'a/b' is not a valid tool name"),
        ('[tools.a]\ncommand = "x"\ntimeout = 0', "timeout must be a positive number of seconds"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    assert any(found.startswith(problem) or problem in found for found in mistakes(text))


def test_a_mistake_is_told_with_its_line(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml:3: unknown key comand in tools\.a"):
        load('[tools.a]\ncommand = "x"\ncomand = "y"\n')


def test_a_project_cannot_name_tools(load: Load) -> None:
    settings = load(project='[tools.evil]\ncommand = "sh"\n')
    assert settings.document is None
    assert "tools is not allowed in a project file; ignored" in settings.warnings[0]


def test_every_value_is_listed_with_its_line() -> None:
    document = parse_document(
        '[tools]\nmax_rounds = 2\n[tools.a]\nurl = "https://u:pw@a.example"\n'
        'headers = { Authorization = "Bearer abc", Accept = "x" }\n'
        'env = { API_KEY = "sk-123456789", OTHER = "${X}" }\n',
        Path("config.toml"),
    )
    rows = {setting.key: (setting.shown, str(setting.origin)) for setting in listed_tools(document)}
    assert rows["tools.max_rounds"] == (2, "config.toml line 2")
    assert rows["tools.a.url"][1] == "config.toml line 4"
    assert "pw" not in str(rows["tools.a.url"][0])
    assert "abc" not in str(rows["tools.a.headers"][0])
    assert "123456789" not in str(rows["tools.a.env"][0])
    assert "${X}" in str(rows["tools.a.env"][0])


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain $A $$ {A}", "plain $A $$ {A}"),
        ("${A}-${A}", "1-1"),
        ("${B:-two}", "two"),
        ("${A:-two}", "1"),
        ("${B:-}", ""),
        ("${EMPTY:-x}", "x"),
    ],
)
def test_variables_are_expanded(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1", "EMPTY": ""}, place="tools.a.env") == expanded


@pytest.mark.parametrize("environ", [{}, {"B": ""}])
def test_a_variable_that_is_not_set_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        expand("${B}", environ, place="tools.a.env.B")
    assert caught.value.message == "tools.a.env.B needs the variable B, which is not set"
    assert caught.value.hint == "set B, or write ${B:-} if it may be empty"
