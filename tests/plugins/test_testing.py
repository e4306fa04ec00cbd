"""The conformance tests for authors find each breach of the contract."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from llmchat.plugin import Access, Delta, Events, Finish, Provider, Request, Sample
from llmchat.plugin.testing import assert_conforms, breaches
from llmchat.providers.openai import OpenAI
from tests.servers.dialogues import CHAT, SAID
from tests.servers.scripted import SSE

SAMPLE = Sample(b"Hello.", "Hello", "text/plain")


class Dot(Provider):
    """A text that ends with a full stop, which does not belong to it."""

    name = label = "dot"
    url = "https://dot.example"
    base_url = "https://api.dot.example"
    access: Access = "key"
    default_model = "d"

    async def exchange(self, request: Request) -> Events:
        async with self.wire.send("POST", f"{self.base}/ask", json={}) as reply:
            await self.refuse(reply)
            said = b""
            async with aclosing(reply.chunks(ending=lambda: False)) as chunks:
                async for chunk in chunks:
                    said += chunk
            async for event in self.end(said):
                yield event

    async def end(self, said: bytes) -> Events:
        from llmchat.plugin import IncompleteAnswer

        if not said.endswith(b"."):
            raise IncompleteAnswer("it stopped in the middle", hint="ask again")
        yield Delta(said[:-1].decode())
        yield Finish("stop", "d")


async def careless(self: Any, said: bytes) -> Events:
    yield Delta(said.removesuffix(b".").decode() or "?")
    yield Finish("stop", "d")


async def endless(self: Any, said: bytes) -> Events:
    yield Delta(said[:-1].decode())


async def torn(self: Any, said: bytes) -> Events:
    raise KeyError("torn")
    yield


def test_a_provider_that_keeps_the_contract_has_no_breaches() -> None:
    assert_conforms(Dot, SAMPLE)


def test_our_own_provider_passes_the_tests_for_authors() -> None:
    assert_conforms(OpenAI, Sample(CHAT, SAID, SSE))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (careless, "passes as the whole answer"),
        (careless, "an HTML page passes"),
        (endless, "whole: "),
        (torn, "KeyError"),
    ],
)
def test_each_breach_is_told(end: Callable[..., Events], said: str) -> None:
    found = breaches(type("Bad", (Dot,), {"end": end}), SAMPLE)
    assert [line for line in found if said in line] != []


def test_a_status_that_is_not_refused_is_told() -> None:
    async def refuse(self: Any, reply: Any) -> None:
        """Takes everything."""

    found = breaches(type("Lenient", (Dot,), {"refuse": refuse}), SAMPLE)
    assert [line for line in found if line.startswith("status 401")] != []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"access": "free"}, "access must be one of"),
        ({"access": "keyless"}, "operator"),
        ({"model_aliases": {"x": "nope"}}, "model_aliases"),
        ({"label": None}, "label"),
    ],
)
def test_what_a_class_does_not_declare_is_told(change: dict[str, Any], said: str) -> None:
    (line,) = breaches(type("Bad", (Dot,), change), SAMPLE)
    assert said in line


def test_without_a_sample_there_is_nothing_to_test() -> None:
    with pytest.raises(AssertionError, match="no sample"):
        assert_conforms(Dot)
