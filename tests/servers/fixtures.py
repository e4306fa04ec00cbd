"""Fixtures for conftest files: an authority for the session, a strict GigaChat for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.servers.gigachat import StrictGigaChat, server_context


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
def rogue(ca_file: Path) -> Iterator[StrictGigaChat]:
    """The same service with a certificate from an authority that nobody trusts."""
    with StrictGigaChat(server_context(trustme.CA()), ca_file).running() as running:
        yield running
