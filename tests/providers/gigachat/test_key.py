"""What counts as a GigaChat key, what is forgiven, and what is explained."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmchat.errors import AuthError
from llmchat.providers.gigachat.auth.key import checked_key, cleaned, complaint_about, fingerprint
from llmchat.values.secret import Secret

ID, HIDDEN = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
KEY = base64.b64encode(f"{ID}:{HIDDEN}".encode()).decode()


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f"  {KEY}\n",
        f"Basic {KEY}",
        f"basic\t{KEY}",
        f"Bearer {KEY}",
        f"Authorization: Basic {KEY}\r\n",
        f'"{KEY}"',
        f"'Basic {KEY}'",
        f"«{KEY}»",
        f"\ufeff{KEY}\r\n",
        f"\u200bBasic {KEY}\u200b",
        f"{KEY[:40]}\n{KEY[40:]}",
        f"{KEY[:10]} {KEY[10:]}",
        KEY.rstrip("="),
        f"{ID}:{HIDDEN}",
    ],
)
def test_what_came_along_while_pasting_is_forgiven(pasted: str) -> None:
    assert checked_key(pasted).reveal() == KEY


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("", "empty"),
        ('""', "empty"),
        (ID, "client ID"),
        ("eyJhbGciOiJ9.eyJzdWIi.c2ln", "access token"),
        ("eyJhbGciOiJ9.a.b.c.d", "access token"),
        (KEY[:-3] + "*==", "not base64"),
        (KEY[:-3], "not base64"),
        (base64.b64encode(b"no colon here").decode(), "client id:client secret"),
        (base64.b64encode(b":secret").decode(), "client id:client secret"),
        (base64.b64encode(b"\xff\x00:\x01").decode(), "not base64"),
        ("id:", "client id:client secret"),
        ("\udcff:secret", "client id:client secret"),
        ("id:\0secret", "client id:client secret"),
    ],
)
def test_a_wrong_form_is_explained_without_repeating_it(wrong: str, complaint: str) -> None:
    with pytest.raises(AuthError, match=complaint) as caught:
        checked_key(wrong)
    assert caught.value.exit_code == 4
    assert caught.value.hint
    if len(wrong) > 5:
        assert wrong not in caught.value.message


def test_a_key_that_begins_like_a_prefix_keeps_its_beginning() -> None:
    assert cleaned("BasicallyAKey") == "BasicallyAKey"


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1), st.text("abc "))
def test_every_encoded_pair_is_a_key(client_id: str, spaces: str) -> None:
    pair = f"{client_id.replace(':', '_')}:x"
    key = base64.b64encode(pair.encode()).decode()
    assert complaint_about(key) == ""
    assert checked_key(f" Basic {key}\n").reveal() == key


def test_a_fingerprint_names_a_key_without_telling_it() -> None:
    one, two = fingerprint(Secret(KEY)), fingerprint(Secret(KEY + "="))
    assert one != two
    assert KEY not in one
    assert len(one) == 64
    assert len(fingerprint(Secret("\udcff"))) == 64  # of a byte in a variable
