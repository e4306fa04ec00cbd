"""A server over `demo`, one for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.serving import Serving, serving
from tests.servers.fixtures import authority, ca_file, server

__all__ = ["authority", "ca_file", "server"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("serve") / "home") as running:
        yield running
