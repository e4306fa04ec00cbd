"""The tags of files never reach a person, however the text is cut."""

from __future__ import annotations

import pytest

from llmchat.providers.gigachat.tags import FileTag, TagFilter

ID = "4f1c2a90-1b2c-4d3e-8f90-123456789abc"
PICTURE = f'<img src="{ID}" fuse="true"/>'
MODEL = f'<div data-model-id="{ID}"/>'
VIDEO = f'<video cover="{ID}" src="{ID}" fuse="true"/>'


def parted(*pieces: str) -> tuple[str, list[FileTag]]:
    tags = TagFilter()
    parts = [part for piece in pieces for part in tags.feed(piece)] + list(tags.flush())
    text = "".join(part for part in parts if isinstance(part, str))
    return text, [part for part in parts if isinstance(part, FileTag)]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (PICTURE, "picture"),
        (f"<img src='{ID}'>", "picture"),
        (f'<IMG fuse="true" src="{ID}" />', "picture"),
        ('<img src="cat-1" fuse="true"/>', "picture"),
        (MODEL, "model"),
        (f'<div data-model-id="{ID}"></div>', "model"),
        (VIDEO, "video"),
        (f'<video src="{ID}" fuse="true"></video>', "video"),
    ],
)
def test_a_tag_cut_anywhere_is_taken_out_whole(tag: str, kind: str) -> None:
    """Two cuts, at every pair of neighbouring places and byte by byte."""
    text = f"a < b {tag} <b>words</b>"
    wanted = ("a < b  <b>words</b>", [FileTag(parted(text)[1][0].id, kind, tag)])
    assert parted(text) == wanted
    assert parted(*text) == wanted
    for cut in range(len(text)):
        assert parted(text[:cut], text[cut:]) == wanted
        assert parted(text[:cut], text[cut : cut + 3], text[cut + 3 :]) == wanted


@pytest.mark.parametrize(
    "html",
    [
        '<img src="cat.png" alt="a cat">',
        "<img src='/a/b.jpg'/>",
        '<div class="box">text</div>',
        '<video src="film.mp4" controls></video>',
        "<image>",
        "1 < 2 and <",
        "<im",
        '<img src="photo" ',
        "<div " + "x" * 5000 + ">",
    ],
)
def test_html_that_an_answer_is_about_stays(html: str) -> None:
    assert parted(f"{html} end") == (f"{html} end", [])
    assert parted(*html) == (html, [])


def test_half_a_tag_at_the_end_of_an_answer_is_not_shown() -> None:
    for cut in range(len(f'<img src="{ID[:9]}'), len(PICTURE)):
        assert parted("Here: ", PICTURE[:cut]) == ("Here: ", [])


def test_two_tags_keep_their_order_and_the_words_between_them() -> None:
    other = PICTURE.replace("4f1c", "5f1c")
    text, tags = parted(*f"{PICTURE}\nand{other}")
    assert text == "\nand"
    assert [tag.tag for tag in tags] == [PICTURE, other]
