"""The text of a web page."""

from __future__ import annotations

import tracemalloc
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import UsageError
from llmchat.inputs.page import html_text, page_text
from llmchat.inputs.text import WebPage

HTML = """<!DOCTYPE html><html><head><title> The
 Page </title><style>p {color: red}</style><script>alert("<p>no</p>")</script></head>
<body><nav><a href="/">Home</a></nav><h1>Fish &amp; chips</h1>
<p>One <b>bold</b>
word,<br>two.</p><ul><li>first<li>second <i>thing</i></ul>
<pre>def f():
    return  1
</pre><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>
<img src=x alt="a cat"><template>no</template><p>end</body></html>"""

TEXT = """# The Page

# Fish & chips

One bold word,
two.

- first
- second thing

def f():
    return  1

a b
c

a cat

end"""


def test_a_page_is_its_words_in_order() -> None:
    assert html_text(HTML).replace("\t", " ") == TEXT


def test_a_title_that_is_the_heading_is_not_repeated() -> None:
    assert html_text("<title>News</title><h1>News</h1><p>x") == "# News\n\nx"
    assert html_text("<title>Only</title>") == "Only"


@pytest.mark.parametrize(
    "html",
    ["<head><p>x", "<nav>menu</nav></nav>x", "<b>x</i></b></pre>", "<svg><title>no</title></svg>x"],
)
def test_careless_html_is_read_too(html: str) -> None:
    assert html_text(html) in ("x", "", "# no\n\nx")


@pytest.mark.parametrize(
    ("media_type", "content", "text"),
    [
        ("text/html; charset=windows-1251", "<p>Привет".encode("cp1251"), "Привет"),
        ("text/html", b'<meta charset="koi8-r"><p>' + "Привет".encode("koi8-r"), "Привет"),
        ("text/html; charset=nonsense", "<p>Привет".encode(), "Привет"),
        ("", b"<!doctype html><p>x", "x"),
        ("", b"plain", "plain"),
        ("text/plain", b"<p>x", "<p>x"),
        ("application/json", b'{"a": 1}', '{"a": 1}'),
        ("application/problem+json", b"{}", "{}"),
        ("application/xhtml+xml", b"<p>x</p>", "x"),
    ],
)
def test_types_and_charsets_are_honoured(media_type: str, content: bytes, text: str) -> None:
    assert page_text(WebPage("https://x", media_type, content)).text == text


@pytest.mark.parametrize(
    ("media_type", "content", "problem"),
    [
        ("image/png", b"\x89PNG", "https://x is image/png, not text"),
        ("text/html", b"<script>app()</script>", "https://x contains no text"),
        ("text/plain", b"\0\1\2", "https://x is binary"),
    ],
)
def test_a_page_without_text_is_an_error(media_type: str, content: bytes, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        page_text(WebPage("https://x", media_type, content))


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<pre>",
                "</pre>",
                "<nav>",
                "</nav>",
                "<li",
                ">",
                "&amp",
                "&#0;",
                "<!--",
                "x\n",
                "<![",
                "<title>",
                "</",
            ]
        ),
        max_size=15,
    )
)
def test_no_html_is_an_accident(pieces: list[str]) -> None:
    text = html_text("".join(pieces))
    assert "\0" not in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    "html",
    ["<p" * 200_000, "<nav>" * 50_000 + "</b>" * 50_000, "<![ " * 100_000, "<a " + "x" * 2_000_000,
     "<script>" * 50_000, "<!--" * 100_000, "&" * 500_000, "<a 'b>" * 100_000, "</nav" * 100_000],
)  # fmt: skip
def test_a_hostile_page_is_read_in_one_pass(html: str) -> None:
    """A quadratic reader would sit here for some seconds, or for minutes."""
    begun = process_time()
    assert len(html_text(html)) <= 3 * len(html)
    assert process_time() - begun < 1.5


def test_what_a_reader_does_not_see_is_left_out() -> None:
    html = "<script>if (a < b) '</p>'</script>a<!-- <p>no -->b<style>p{}</STYLE>c<svg><p>no</svg>d"
    assert html_text(html) == "abc\n\nd"
    assert html_text("a<!-- <p>no") == "a"
    assert html_text("<p>1 < 2 & 3 > 2 <3</p>") == "1 < 2 & 3 > 2 <3"
    assert html_text("<p title='a > b'>x</p><img alt='a &gt; b' src=y>") == "x\n\na > b"


@pytest.mark.parametrize("number", ["9" * 5000, "x" + "f" * 5000, "0" * 5000 + "65"])
def test_a_character_with_a_number_of_thousands_of_digits_is_none(number: str) -> None:
    """Python refuses to read such a number."""
    assert html_text(f"<title>&#{number};</title><p>&#65; &#{number};<img alt='&#{number};'>") == (
        "# \ufffd\n\nA \ufffd\ufffd"
    )


def test_a_page_of_headings_takes_no_more_memory_than_other_pages() -> None:
    page = "<h1>" * 100_000
    tracemalloc.start()
    try:
        html_text(page)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 15 * len(page)
