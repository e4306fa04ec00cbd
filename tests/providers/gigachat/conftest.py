"""A strict GigaChat behind TLS for each test, one certificate authority for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from llmchat.endpoint import Deadlines, Endpoint
from llmchat.secret import Secret
from tests.servers.gigachat import KEY, StrictGigaChat, server_context


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def server(authority: trustme.CA, ca_file: Path) -> Iterator[StrictGigaChat]:
    with StrictGigaChat(server_context(authority), ca_file).running() as running:
        yield running


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


@pytest.fixture
def with_changes(endpoint: Endpoint) -> Any:
    return lambda **changes: replace(endpoint, **changes)
