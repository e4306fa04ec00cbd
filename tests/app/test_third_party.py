"""The checks before a conversation goes to a keyless service."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from llmchat.app.ask.third_party import ThirdPartyPolicy
from llmchat.app.run.context import open_context
from llmchat.errors import SecretRefused
from llmchat.failover import Candidate
from llmchat.providers.demo.service import Demo
from llmchat.values.calls import ToolCall
from llmchat.values.messages import Message, Request
from llmchat.world import World

AWS = "AKIAIOSFODNN7EXAMPLE"
CALL = ToolCall("call_1", "login", f'{{"key": "{AWS}"}}')
OTHER = ToolCall("call_1", "login", "{}")


@pytest.mark.parametrize(
    "said",
    [
        (Message("assistant", "", calls=(CALL,)), Message("tool", "fine", call=CALL)),
        (Message("assistant", "", calls=(OTHER,)), Message("tool", f"it is {AWS}", call=OTHER)),
    ],
    ids=["arguments", "result"],
)
async def test_a_secret_in_an_earlier_tool_call_does_not_go_to_a_keyless_service(
    said: tuple[Message, ...], tmp_path: Path
) -> None:
    """Such a service is sent earlier calls as text."""
    environ = {"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path)}
    world = World(environ, io.StringIO(), io.StringIO(), io.StringIO(), tmp_path)
    policy = ThirdPartyPolicy(open_context(world), allow_secrets=False)
    request = Request("", (Message("user", "Hi"), *said, Message("user", "And now?")))
    with pytest.raises(SecretRefused):
        await policy(Candidate("yqcloud", "keyless", Demo), request)
