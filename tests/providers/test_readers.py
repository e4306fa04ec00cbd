"""What readers of replies keep, and how much of it."""

from __future__ import annotations

import pytest

from llmchat.errors import NotAnAnswer
from llmchat.providers.formats.readers import LARGEST_BODY, WholeBody


def test_a_whole_body_is_kept_up_to_its_bound() -> None:
    reader = WholeBody()
    reader.feed(b" " * (LARGEST_BODY - 1))
    reader.feed(b" ")
    with pytest.raises(NotAnAnswer, match="larger than 16 MB"):
        reader.feed(b" ")
