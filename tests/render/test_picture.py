"""However an answer was cut, the screen and its scrollback end as if it had come at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import at_once, cut, drawn  # placeholder
