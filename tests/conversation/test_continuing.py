"""The request to continue an answer speaks the language of the answer."""

from __future__ import annotations

import pytest

from llmchat.conversation.continuing import CHINESE, ENGLISH, RUSSIAN, request_to_continue


@pytest.mark.parametrize(
    ("answer", "question", "said"),
    [
        ("The answer is", "Сколько?", ENGLISH),
        ("Ответ: функция `print`", "what?", RUSSIAN),
        ("Вот:\n```python\nimport subprocess, sys, os, pathlib\n```", "", RUSSIAN),
        ("```python\nprint(1)", "Напиши код", RUSSIAN),
        ("答案是 Python", "", CHINESE),
        ("これは答えです", "", ENGLISH),
        ("", "", ENGLISH),
    ],
)
def test_the_script_of_the_answer_decides_then_that_of_the_question(
    answer: str, question: str, said: str
) -> None:
    assert request_to_continue(answer, question) == said
