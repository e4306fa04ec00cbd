"""Files beside the text: types and sizes are checked before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import TooLong, UsageError
from llmchat.inputs import attachments
from llmchat.inputs.attachments import Limits, limits_for, media_type, read_attachments
from llmchat.values.messages import Attachment

PNG = b"\x89PNG\r\n\x1a\n123"


def test_a_picture_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(PNG)
    found = read_attachments(["photo.txt"], provider="openai", cwd=tmp_path)
    assert found == (Attachment("photo.txt", "image/png", PNG),)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("x", b"RIFF1234WEBPVP8", "image/webp"),
        ("x", b"RIFF1234WAVEfmt", "audio/wav"),
        ("x", b"%PDF-1.4", "application/pdf"),
        ("x.DOCX", b"PK\3\4", attachments.OFFICE + "wordprocessingml.document"),
        ("BMW.txt", b"BMW is a car", "text/plain"),
        ("x", b"hello", ""),
    ],
)
def test_types(name: str, content: bytes, kind: str) -> None:
    assert media_type(name, content) == kind


@pytest.mark.parametrize(
    ("provider", "name", "content", "problem"),
    [
        ("yqcloud", "a.png", PNG, "yqcloud does not accept attachments"),
        ("openai", "a.docx", b"PK", "a.docx is application/vnd"),
        ("gigachat", "a.xyz", b"??", "a.xyz has an unknown type; gigachat accepts image/png, "),
        ("gigachat", "a.gif", b"GIF89a", "a.gif is image/gif; gigachat accepts"),
        ("gigachat", "a.png", b"", "a.png is empty"),
    ],
)
def test_what_a_provider_does_not_take_is_refused(
    tmp_path: Path, provider: str, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        read_attachments([name], provider=provider, cwd=tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.png: No such file"):
        read_attachments(["a.png"], provider="openai", cwd=tmp_path)


def test_nothing_attached_is_nothing_refused(tmp_path: Path) -> None:
    assert read_attachments([], provider="yqcloud", cwd=tmp_path) == ()


def test_sizes_are_checked(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(PNG + bytes(15_000_000))
    with pytest.raises(
        TooLong, match=r"large.png is 15 MB; gigachat accepts image/png up to 15 MB"
    ):
        read_attachments(["large.png"], provider="gigachat", cwd=tmp_path)
    assert read_attachments(["large.png"], provider="openai", cwd=tmp_path)
    many = ["large.png"] * 4
    with pytest.raises(TooLong, match="the attachments total 60 MB; openai accepts 50 MB"):
        read_attachments(many, provider="openai", cwd=tmp_path)


def test_images_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    with pytest.raises(TooLong, match="11 images attached; gigachat accepts 10"):
        read_attachments(["a.png"] * 11, provider="gigachat", cwd=tmp_path)


def test_a_server_of_ones_own_takes_what_openai_takes() -> None:
    assert limits_for("my-box") == limits_for("openai")
    assert isinstance(limits_for("my-box"), Limits)
