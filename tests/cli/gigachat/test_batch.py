"""A batch with GigaChat: a personal key has one stream, and one token serves all prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.servers.gigachat import CHAT, KEY, OAUTH, StrictGigaChat
from tests.shell import Shell

Environ = Callable[[Mapping[str, str]], Shell]
PROMPTS = "".join(f"prompt {number}\n" for number in range(6))


@pytest.mark.parametrize("flags", [(), ("--jobs", "4")])
def test_a_personal_key_is_asked_one_prompt_at_a_time(
    with_environ: Environ, server: StrictGigaChat, flags: tuple[str, ...]
) -> None:
    server.pause = 0.05
    shell = with_environ({"GIGACHAT_CREDENTIALS": KEY})
    result = shell("batch", "-", "-p", "gigachat", *flags, stdin=PROMPTS)
    assert result.code == 0, result.err
    assert len(server.to(CHAT)) == 6
    assert server.most_streams <= 2  # it counts one for a moment after its last frame was read
    assert ("using 1 job" in result.err) == bool(flags)


def test_the_key_of_a_company_is_asked_side_by_side(
    with_environ: Environ, server: StrictGigaChat
) -> None:
    server.pause, server.keys = 0.3, {KEY: "GIGACHAT_API_CORP"}
    shell = with_environ({"GIGACHAT_CREDENTIALS": KEY, "GIGACHAT_SCOPE": "GIGACHAT_API_CORP"})
    result = shell("batch", "-", "-p", "gigachat", stdin=PROMPTS)
    assert result.code == 0, result.err
    assert server.most_streams >= 4
    assert len(server.to(OAUTH)) == 1
