"""Python functions as tools: read without being run, called in a process of their own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from llmchat.errors import UsageError
from llmchat.tools.signatures import functions_of
from llmchat.tools.tool import Tool, Toolbox, ToolOutput
from llmchat.tools.toolbox import open_toolbox
from tests.tools.conftest import Configure

FILE = '''
import os
from pathlib import Path

Path(__file__).with_name("was-run").touch()

def weather(city: str, days: int = 3) -> str:
    """Forecast for a city.

    Args:
        city: its name
        days (int): how many
    """
    print("noise")
    return f"{city}: {days} days of sun"

def table() -> dict:
    return {"sun": True, "ж": 1}

def nothing() -> None: ...

async def later(x: int) -> int:
    return x + 1

def divided(whole: int, by: int = 2, /, *, digits: int = 0) -> float:
    return round(whole / by, digits)

def counted(most: int):
    yield from range(most)

async def arriving(most: int):
    for number in range(most):
        yield number

def broken():
    raise ValueError("no luck")

def environment():
    return dict(os.environ)

def odd():
    return {object(): 1}

def circle():
    found = []
    found.append(found)
    return found

def _private(): ...
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


async def opened(configure: Configure, name: str) -> tuple[Toolbox, Tool]:
    toolbox = await open_toolbox(configure(""), [f"mine.py:{name}"])
    (tool,) = await toolbox.tools()
    return toolbox, tool


async def result(configure: Configure, name: str, **given: Any) -> ToolOutput:
    toolbox, tool = await opened(configure, name)
    return await toolbox.call(tool, given)


async def test_a_function_is_described_without_being_run(configure: Configure, file: Path) -> None:
    _, tool = await opened(configure, "weather")
    assert (tool.label, tool.spec.name) == ("weather", "weather")
    assert tool.spec.description == "Forecast for a city."
    assert tool.spec.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "its name"},
            "days": {"type": "integer", "description": "how many", "default": 3},
        },
        "required": ["city"],
    }
    assert not file.with_name("was-run").exists()


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("weather", {"city": "Осло"}, "Осло: 3 days of sun"),
        ("weather", {"city": "\ud800"}, "?: 3 days of sun"),
        ("table", {}, '{"sun": true, "ж": 1}'),
        ("nothing", {}, "[no output]"),
        ("later", {"x": 1}, "2"),
        ("divided", {"whole": 7, "by": 4, "digits": 1}, "1.8"),
        ("divided", {"whole": 8}, "4.0"),
        ("counted", {"most": 3}, "[0, 1, 2]"),
        ("arriving", {"most": 2}, "[0, 1]"),
    ],
)
async def test_what_a_function_returns(
    configure: Configure, file: Path, name: str, given: dict[str, Any], text: str
) -> None:
    output = await result(configure, name, **given)
    assert (output.text, output.outcome) == (text, "ok")


async def test_an_exception_is_an_error(configure: Configure, file: Path) -> None:
    output = await result(configure, "broken")
    assert output.outcome == "error"
    assert output.text.endswith("ValueError: no luck")
    assert output.text.count("no luck") == 2  # in the line that raised it, and as what it says
    assert "call_function.py" not in output.text


@pytest.mark.parametrize("name", ["odd", "circle"])
async def test_a_result_that_is_not_json_is_told_without_lines_of_ours(
    configure: Configure, file: Path, name: str
) -> None:
    output = await result(configure, name)
    assert (output.outcome, "what it returned is not JSON" in output.text) == ("error", True)
    assert "Traceback" not in output.text


async def test_wrong_arguments_are_an_error(configure: Configure, file: Path) -> None:
    output = await result(configure, "weather", town="Oslo")
    assert output.outcome == "error"
    assert "unexpected keyword argument 'town'" in output.text
    output = await result(configure, "divided", by=2)
    assert output.outcome == "error"
    assert "missing 1 required positional argument: 'whole'" in output.text


async def test_it_gets_a_few_variables(configure: Configure, file: Path) -> None:
    context = configure("", environ=[("OPENAI_API_KEY", "sk-1")])
    toolbox = await open_toolbox(context, ["mine.py:environment"])
    (tool,) = await toolbox.tools()
    seen = json.loads((await toolbox.call(tool, {})).text)
    assert set(seen) - {"LC_CTYPE", "PYTHONIOENCODING"} == {"HOME", "PATH", "USER"}


async def test_a_file_that_changed_since_it_was_offered_is_not_run(
    configure: Configure, file: Path
) -> None:
    toolbox, tool = await opened(configure, "table")
    await asyncio.to_thread(file.write_text, FILE + "\nimport sys\n")
    output = await toolbox.call(tool, {})
    assert output.outcome == "error"
    assert "its definition has changed" in output.text
    assert not file.with_name("was-run").exists()


async def test_a_file_of_the_configuration_offers_all_its_functions(
    configure: Configure, file: Path
) -> None:
    context = configure('[tools.my]\ntype = "python"\ncommand = "mine.py"\n')
    toolbox = await open_toolbox(context, ["my"])
    tools = await toolbox.tools()
    labels = [tool.label for tool in tools]
    assert labels == [f"my/{name}" for name in functions_of(FILE)]
    assert labels[3] == "my/later"
    assert (await toolbox.call(tools[3], {"x": 4})).text == "5"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine.py:wether", "has no function wether (did you mean weather?)"),
        ("mine.py:_private", "has no function _private"),
        ("none.py:f", "cannot read"),
        ("bad.py:f", "bad.py:1: not valid Python"),
    ],
)
async def test_what_cannot_be_found_is_told_at_once(
    configure: Configure, file: Path, name: str, message: str
) -> None:
    file.with_name("bad.py").write_text("def f(:")
    with pytest.raises(UsageError) as caught:
        await open_toolbox(configure(""), [name])
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("str", {"type": "string"}),
        ("float", {"type": "number"}),
        ("bool", {"type": "boolean"}),
        ("list[int]", {"type": "array", "items": {"type": "integer"}}),
        ("list", {"type": "array", "items": {}}),
        ("dict[str, int]", {"type": "object"}),
        ("int | None", {"type": "integer"}),
        ("Optional[str]", {"type": "string"}),
        ("int | str", {}),
        ('Literal["a", "b"]', {"type": "string", "enum": ["a", "b"]}),
        ("Literal[1, 2]", {"enum": [1, 2]}),
        ('Annotated[int, "how many"]', {"type": "integer", "description": "how many"}),
        ('"str"', {"type": "string"}),
        ("typing.List[str]", {"type": "array", "items": {"type": "string"}}),
        ("Anything", {}),
    ],
)
def test_the_schema_of_an_annotation(annotation: str, schema: dict[str, Any]) -> None:
    found = functions_of(f"def f(x: {annotation}): ...")["f"]
    assert found.parameters == {"type": "object", "properties": {"x": schema}, "required": ["x"]}


def test_parameters_in_the_form_of_sphinx() -> None:
    found = functions_of('def f(x, *, y=1):\n    """Does it.\n\n    :param x: this one\n    """')[
        "f"
    ]
    assert found.description == "Does it."
    assert found.parameters["properties"] == {"x": {"description": "this one"}, "y": {"default": 1}}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("Literal[-1, 1]", {"enum": [-1, 1]}),
        ("Literal['a', None]", {"enum": ["a", None]}),
        ("Literal[b'x']", {}),
        ("Literal[Color.RED, 1]", {}),
        ("float = 1e999", {"type": "number"}),
        ("dict = {[]: 1}", {"type": "object"}),
    ],
)
def test_a_value_that_json_does_not_have_is_left_out(annotation: str, schema: Any) -> None:
    found = functions_of(f"def f(x: {annotation}): ...")["f"]
    assert found.parameters["properties"]["x"] == schema
