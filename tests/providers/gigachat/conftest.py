"""A strict GigaChat behind TLS for each test, and the settings that lead to it."""

from __future__ import annotations

import pytest

from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.auth.access_tokens import MemoryTokens
from llmchat.values.endpoint import Deadlines, Endpoint
from llmchat.values.secret import Secret
from tests.servers.fixtures import authority, ca_file, rogue, server
from tests.servers.gigachat import KEY, StrictGigaChat

__all__ = ["authority", "ca_file", "rogue", "server"]


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets tokens: a server may get the port of an earlier test's server, and would refuse its
    token."""
    monkeypatch.setattr(GigaChat, "memory", MemoryTokens())


@pytest.fixture
def endpoint(server: StrictGigaChat) -> Endpoint:
    return Endpoint(
        base_url=server.base_url,
        auth_url=server.auth_url,
        api_key=Secret(KEY),
        ca_bundle=str(server.ca),
        deadlines=Deadlines(connect=5, first_token=10, stall=10, content=10),
        retries=0,
    )
