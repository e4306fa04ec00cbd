"""Environment variables that look like ours and mean nothing."""

from __future__ import annotations

from llmchat.settings.checks.variables import unknown_variables


def test_misspelt_names_are_told_with_the_nearest() -> None:
    environ = {
        "LLMCHAT_HOME": "x",
        "LLMCHAT_THEME": "x",
        "LLMCHAT_GIGACHAT_SCOPE": "x",
        "LLMCHAT_GIGACHAT_SCOP": "x",
        "LLMCHAT_MY_BOX_MODEL": "x",
        "LLMCHAT_SOMETHING_ELSE_ENTIRELY": "x",
        "OTHER": "x",
    }
    assert list(unknown_variables(environ, ("gigachat", "my-box"))) == [
        "unknown variable LLMCHAT_GIGACHAT_SCOP (did you mean LLMCHAT_GIGACHAT_SCOPE?)",
        "unknown variable LLMCHAT_SOMETHING_ELSE_ENTIRELY",
    ]
    assert list(unknown_variables({"HOME": "x"}, ())) == []
