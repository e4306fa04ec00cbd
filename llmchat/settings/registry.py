"""The built-in providers as the settings see them: names, access, key variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Registry(NamedTuple):  # a dataclass costs every start 0.4 ms
    names: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    key_variables: Mapping[str, tuple[str, ...]] = {}  # by provider
