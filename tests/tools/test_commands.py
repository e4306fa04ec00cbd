"""A command of the configuration: JSON on stdin, the result on stdout, and always an end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from llmchat.errors import ConfigError, ToolServerError
from llmchat.tools.tool import Tool, Toolbox, ToolOutput
from llmchat.tools.toolbox import open_toolbox
from tests.tools.conftest import Configure
from tests.tools.processes import none_alive, pids, until


async def opened(configure: Configure, lines: str) -> tuple[Toolbox, Tool]:
    toolbox = await open_toolbox(configure(f'[tools.own]\ntype = "command"\n{lines}'), ["own"])
    (tool,) = await toolbox.tools()
    return toolbox, tool


async def result(configure: Configure, script: str, lines: str = "", **given: object) -> ToolOutput:
    args = json.dumps(["-c", script])
    toolbox, tool = await opened(configure, f'command = "sh"\nargs = {args}\n{lines}')
    return await toolbox.call(tool, given)


async def test_it_reads_its_arguments_and_prints_its_result(configure: Configure) -> None:
    output = await result(configure, "cat", city="Орёл")
    assert (json.loads(output.text), output.outcome) == ({"city": "Орёл"}, "ok")


async def test_half_characters_in_its_arguments_are_question_marks(configure: Configure) -> None:
    output = await result(configure, "cat", city="Орёл \ud800")
    assert (json.loads(output.text), output.outcome) == ({"city": "Орёл ?"}, "ok")


async def test_a_status_other_than_zero_is_an_error_with_what_it_said(configure: Configure) -> None:
    output = await result(configure, "echo partly; echo no network >&2; exit 4")
    assert output.outcome == "error"
    assert output.text == "own exited with status 4.\npartly\nno network"


async def test_a_word_that_no_program_can_get_is_told(configure: Configure) -> None:
    output = await result(configure, "echo a\0b")
    assert (output.text, output.outcome) == (
        "own could not be started: embedded null byte",
        "error",
    )


async def test_it_need_not_read_its_arguments(configure: Configure) -> None:
    output = await result(configure, "exec <&-; echo done", text="x" * 1_000_000)
    assert (output.text, output.outcome) == ("done\n", "ok")


async def test_a_long_result_is_cut_and_read_to_its_end(configure: Configure) -> None:
    output = await result(configure, "head -c 3000000 /dev/zero | tr '\\0' a")
    assert output.text == "a" * 65_536 + "\n[cut: the first 65,536 of 3,000,000 bytes]"


async def test_an_empty_result_says_so(configure: Configure) -> None:
    assert (await result(configure, "true")).text == "[no output]"


async def test_it_has_a_time_limit(configure: Configure, tmp_path: Path) -> None:
    script = f"echo $$ >> {tmp_path / 'pids'}; sleep 100 & sleep 100"
    output = await result(configure, script, "timeout = 0.5\n")
    assert (output.text, output.outcome) == ("own did not end within 0.5 s.", "timeout")
    assert none_alive(pids(tmp_path / "pids"))


async def test_a_call_that_is_abandoned_ends_it(configure: Configure, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    call = asyncio.create_task(result(configure, f"echo $$ >> {file}; sleep 100"))
    await asyncio.to_thread(until, lambda: pids(file), "its start")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert none_alive(pids(file))


async def test_it_gets_a_few_variables_and_those_that_it_names(configure: Configure) -> None:
    context = configure(
        '[tools.own]\ntype = "command"\ncommand = "env"\nenv = { TOKEN = "${MINE}" }\n',
        environ=[("MINE", "1"), ("OPENAI_API_KEY", "sk-1"), ("LLMCHAT_HOME", "/x")],
    )
    toolbox = await open_toolbox(context, ["own"])
    (tool,) = await toolbox.tools()
    lines = (await toolbox.call(tool, {})).text.splitlines()
    assert {line.partition("=")[0] for line in lines} == {"HOME", "PATH", "USER", "TOKEN"}


@pytest.mark.parametrize(
    ("lines", "parameters"),
    [
        ("", {"type": "object", "properties": {}}),
        (
            'parameters = { city = "string", days = { type = "integer", minimum = 1 } }',
            {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer", "minimum": 1},
                },
                "required": ["city", "days"],
            },
        ),
        (
            '[tools.own.parameters]\ntype = "object"\nproperties.city.type = "string"',
            {"type": "object", "properties": {"city": {"type": "string"}}},
        ),
        ('parameters = "city.json"', {"type": "object", "properties": {"city": {}}}),
    ],
)
async def test_its_parameters(
    configure: Configure, tmp_path: Path, lines: str, parameters: dict[str, object]
) -> None:
    (tmp_path / "city.json").write_text('{"type": "object", "properties": {"city": {}}}')
    _, tool = await opened(configure, f'command = "cat"\n{lines}\n')
    assert (tool.label, tool.spec.name, dict(tool.spec.parameters)) == ("own", "own", parameters)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("{", "is not JSON"),
        ("[1]", "is not a JSON Schema"),
        ('{"not":' * 400 + "{}" + "}" * 400, "nested more than 32 levels deep"),
    ],
)
async def test_a_schema_that_cannot_be_read_is_told(
    configure: Configure, tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "city.json").write_text(content)
    with pytest.raises(ConfigError, match=f"tools.own.parameters: .*{message}"):
        await opened(configure, 'command = "cat"\nparameters = "city.json"\n')


async def test_parameters_that_are_not_a_schema_are_told(configure: Configure) -> None:
    with pytest.raises(ConfigError, match="is not a JSON Schema of an object"):
        await opened(configure, 'command = "cat"\nparameters = { city = 1 }\n')


async def test_a_folder_that_is_not_there_is_told(configure: Configure) -> None:
    with pytest.raises(ToolServerError, match="own: there is no folder nowhere"):
        await opened(configure, 'command = "cat"\ncwd = "nowhere"\n')


async def test_it_starts_in_the_home_folder_or_where_its_table_says(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "home" / "work").mkdir(parents=True)
    output = await result(configure, "pwd", 'cwd = "work"\n')
    assert output.text.strip() == str(tmp_path / "home" / "work")
    output = await result(configure, "pwd")
    assert output.text.strip() == str(tmp_path / "home")
