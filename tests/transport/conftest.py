"""What the tests of the transport share: a certificate authority, and one that nobody trusts."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Test Roots", organization_unit_name="Good")


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("roots") / "good.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def rogue() -> trustme.CA:
    return trustme.CA(organization_name="Rogue Roots", organization_unit_name="Bad")


Certified = Callable[..., ssl.SSLContext]


@pytest.fixture
def certified(authority: trustme.CA) -> Certified:
    """A server's context: `certified()`, `certified("other.example")`, `certified(days=-1)`."""

    def context(
        name: str = "localhost", *, days: int = 1, by: trustme.CA | None = None
    ) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ends = datetime.now(UTC) + timedelta(days=days)
        (by or authority).issue_cert(
            name, not_before=ends - timedelta(days=30), not_after=ends
        ).configure_cert(made)
        return made

    return context


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "nowhere"
