"""The provider that CONTRIBUTING.md shows is one: its code is taken from the page and asked."""

from __future__ import annotations

import re
import types
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from llmchat.errors import IncompleteAnswer, NotAnAnswer, RateLimited, UnknownModel
from llmchat.events import Delta, Event, Finish
from llmchat.messages import Message, Request
from llmchat.providers import PLACES
from llmchat.providers.base import Provider
from tests.servers.dialogues import DIALOGUES, SAID, Dialogue
from tests.servers.network import Network, body
from tests.servers.scripted import JSON

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
CODE, PLACE, DIALOGUE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
QUESTION = Request("", (Message("user", "Hello"),))


@pytest.fixture(scope="module")
def parrot() -> type[Provider]:
    module = types.ModuleType("parrot")
    exec(compile(CODE, "CONTRIBUTING.md", "exec"), module.__dict__)
    found: type[Provider] = module.Parrot
    return found


def reply() -> bytes:
    entry: dict[str, Dialogue] = eval(
        f"{{{DIALOGUE}}}", {"SAID": SAID, "Dialogue": Dialogue, "JSON": JSON}
    )
    return entry["parrot"].body


async def asked(
    kind: type[Provider], pieces: Sequence[bytes], *, status: int = 200, request: Request = QUESTION
) -> tuple[list[Event], Network]:
    network = Network(lambda _: body(pieces, JSON, status=status))
    async with kind(http=network) as provider, aclosing(provider.stream(request)) as events:
        return [event async for event in events], network


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_it_answers_however_its_reply_is_cut(parrot: type[Provider], size: int) -> None:
    whole = reply()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    events, network = await asked(parrot, pieces)
    assert "".join(e.text for e in events if isinstance(e, Delta)) == SAID
    assert events[-1] == Finish("stop", "grey")
    assert network.requests[0].url == "https://api.parrot.example/talk"


async def test_a_reply_without_its_end_is_incomplete(parrot: type[Provider]) -> None:
    with pytest.raises(IncompleteAnswer):
        await asked(parrot, [reply().partition(b"\n")[0] + b"\n"])


async def test_html_is_no_answer(parrot: type[Provider]) -> None:
    with pytest.raises(NotAnAnswer):
        await asked(parrot, [b"<html>\n</html>\n"])


async def test_the_common_errors_come_by_themselves(parrot: type[Provider]) -> None:
    with pytest.raises(RateLimited):
        await asked(parrot, [b"{}"], status=429)
    with pytest.raises(UnknownModel, match="gren"):
        await asked(parrot, [], request=Request("gren", QUESTION.messages))


def test_its_line_in_the_registry_has_the_form_of_the_others() -> None:
    entry: dict[str, tuple[str, ...]] = eval(f"{{{PLACE}}}")
    assert entry == {"parrot": ("parrot", "Parrot", "keyless")}
    assert {len(place) for place in PLACES.values()} == {len(entry["parrot"])}
    assert "parrot" not in DIALOGUES
