"""Code blocks are taken out exactly, under the numbers that are shown."""

from __future__ import annotations

import re

import pytest

from llmchat.render.markdown.code_blocks import CodeBlock, code_blocks, language
from tests.render.emulator import drawn

MARKDOWN = """Text

```python title="x"
def f():
\treturn "\x1b[31m"

```

- item
  ~~~~
  ```
  ~~~~

> ```{.js}
> a
> ```

    indented

    more

```c
never closed"""


def test_code_blocks_are_exact_and_in_order() -> None:
    assert code_blocks(MARKDOWN) == [
        CodeBlock("python", 'def f():\n\treturn "\x1b[31m"\n\n'),
        CodeBlock("", "```\n"),
        CodeBlock("js", "a\n"),
        CodeBlock("", "indented\n\nmore\n"),
        CodeBlock("c", "never closed\n"),
    ]


def test_the_numbers_are_those_on_the_screen() -> None:
    screen = drawn([MARKDOWN], columns=60).text()
    labels = re.findall(r"\[(\d)\] ?(\w*)$", screen, re.MULTILINE)
    blocks = code_blocks(MARKDOWN)
    assert labels == [(str(n), block.language) for n, block in enumerate(blocks, start=1)]


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("python", "python"),
        ('python title="x"', "python"),
        ("python:main.py", "python"),
        ("{.js}", "js"),
        ("rust,ignore", "rust"),
        ("c++", "c++"),
        ("", ""),
    ],
)
def test_the_language_is_the_first_word_after_the_fence(info: str, name: str) -> None:
    assert language(info) == name


def test_an_answer_without_code_has_no_blocks() -> None:
    assert code_blocks("just `inline` code") == []


def test_a_long_line_of_code_is_whole() -> None:
    line = "x" * 5000
    assert code_blocks(f"```\n{line}\nend\n```") == [CodeBlock("", f"{line}\nend\n")]
