"""The page at /, in a real headless Chromium: a person asks, and nothing hostile runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.serve.browser import PROGRAM, Page, browsing
from tests.serve.serving import KEY, Serving, serving
from tests.serve.test_answers import gigachat, wait
from tests.serve.test_gates import over
from tests.servers.crowd import Crowd
from tests.servers.gigachat import StrictGigaChat

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
]

LIST = '{"data": []}'
BAD = "document.title = 'owned'"
ATTACKS = (
    f"<script>{BAD}</script>",
    f'<img src=x onerror="{BAD}">',
    f'![x](x" onerror="{BAD})',
    f"[click](javascript:{BAD})",
    f"<a href='javascript:{BAD}'>click</a>",
    f"<svg onload={BAD}>",
    f"`<iframe srcdoc='<script>parent.{BAD}</script>'>`",
    f"**<img src=http://127.0.0.1:1/leak onerror={BAD}>**",
    f'# <b onmouseover="{BAD}">head</b>',
    "- <style>*{background:url(http://127.0.0.1:1/leak)}</style>\n- two",
    f"```html\n<script>{BAD}</script>\n```",
    f"> </blockquote><script>{BAD}</script>",
    f"| </pre><script>{BAD}</script> |",
    "<form action=http://127.0.0.1:1/leak><button>go</button></form>",
    f"{{{{constructor.constructor('{BAD}')()}}}} ${{{BAD}}}",
)
TAGS = {"ARTICLE", "BLOCKQUOTE", "CODE", "EM", "H2", "LI", "OL", "P", "PRE", "STRONG", "UL"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browsing(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def at(running: Serving, page: Page, path: str = "/") -> None:
    page.told.clear()
    page.asked.clear()
    page.open(f"http://127.0.0.1:{running.port}{path}")


def enter(running: Serving, page: Page) -> None:
    at(running, page)
    page.type("#key", KEY)
    page.click("#door button")
    page.until("!document.querySelector('#room').hidden")


def answered(page: Page) -> str:
    page.until("!document.querySelector('#ask').disabled")
    return str(page.value("document.querySelector('#answer').innerText"))


def test_a_question_is_typed_and_its_answer_streams(page: Page, demo: Serving) -> None:
    enter(demo, page)
    page.type("#text", "What is **this**?")
    page.click("#ask")
    said = answered(page)
    assert "You asked:" in said
    assert "To talk to a real model" in said
    assert page.value("[...document.querySelectorAll('#answer pre')].length") == 2
    page.until("document.querySelector('#status').innerText.includes('Requests so far: 1')")


def test_the_door_stays_closed_for_a_wrong_key(page: Page, demo: Serving) -> None:
    at(demo, page)
    page.value("sessionStorage.clear()")
    at(demo, page)
    assert page.asked == [f"http://127.0.0.1:{demo.port}/"]  # nothing is asked without a key
    page.type("#key", "not the key")
    page.click("#door button")
    page.until("document.querySelector('#refused').textContent")
    assert page.value("document.querySelector('#room').hidden")
    assert not page.value("sessionStorage.length")


def test_the_console_is_silent_without_a_key_to_give(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--no-key") as running:
        at(running, page)
        page.until("!document.querySelector('#room').hidden")
        page.type("#text", "hi")
        page.click("#ask")
        assert "You asked" in answered(page)
        own = f"http://127.0.0.1:{running.port}/"
        assert (page.told, [u for u in page.asked if not u.startswith(own)]) == ([], [])


def test_nothing_of_an_answer_or_a_name_runs_or_loads(page: Page, tmp_path: Path) -> None:
    models = [f'"><script>{BAD}</script>', f"<img/src=x/onerror={BAD}>"]
    rows = json.dumps({"data": [{"id": name} for name in models]})
    crowd = Crowd(reply=lambda _: "\n\n".join(ATTACKS), page=rows)
    with crowd.running(), over(tmp_path, crowd) as running:
        enter(running, page)
        page.type("#text", f"<script>{BAD}</script>")
        page.click("#ask")
        said = answered(page)
        names = page.value("[...document.querySelectorAll('option')].map(o => o.textContent)")
        tags = page.value(
            "[...new Set([...document.querySelectorAll('#answer, #answer *')].map(e => e.tagName))]"
        )
        attributes = page.value(
            "[...document.querySelectorAll('#answer *')].flatMap(e => e.getAttributeNames())"
        )
        own = f"http://127.0.0.1:{running.port}/"
        assert [u for u in page.asked if not u.startswith(own)] == []
    assert page.value("document.title") == "llmchat serve"
    assert all(f"openai/{name}" in names for name in models)
    assert (set(tags) - TAGS, attributes) == (set(), [])
    assert "<script>" in said
    assert [line for line in page.told if "401" not in line] == []


def test_a_picture_is_shown(page: Page, tmp_path: Path, server: StrictGigaChat) -> None:
    server.answer = server.drawing()
    with serving(tmp_path / "home", **gigachat(server)) as running:
        enter(running, page)
        page.type("#text", "a cat")
        page.click("#ask")
        assert "Вот кот." in answered(page)
        assert page.value("document.querySelector('#answer img').src").startswith("data:image/jpeg")
        assert [line for line in page.told if "401" not in line] == []


def test_stop_ends_the_answer_at_the_upstream(page: Page, tmp_path: Path) -> None:
    with Crowd(lambda *_: "stall", page=LIST).running() as crowd, over(tmp_path, crowd) as running:
        enter(running, page)
        page.type("#text", "hi")
        page.click("#ask")
        page.until("document.querySelector('#answer').textContent.includes('half')")
        assert page.value("document.querySelector('#ask').disabled")
        page.click("#stop")
        wait(lambda: crowd.open == 0)
        assert answered(page) == "half"
        assert page.value("document.querySelector('#fault').textContent") == "Stopped."


def test_half_an_answer_is_told_to_be_one(page: Page, tmp_path: Path) -> None:
    with Crowd(lambda *_: "cut", page=LIST).running() as crowd, over(tmp_path, crowd) as running:
        enter(running, page)
        page.type("#text", "hi")
        page.click("#ask")
        page.until("document.querySelector('#fault').textContent")
        assert answered(page) == "half"


@pytest.mark.parametrize("width", [400, 1200])
def test_everything_fits_the_width(page: Page, tmp_path: Path, width: int) -> None:
    """A long word, a long line of code and a long name of a model."""
    long = f"{'w' * 300}\n\n```\n{'c ' * 300}\n```\n\n> {'q' * 300}"
    models = json.dumps({"data": [{"id": "m" * 200}]})
    crowd = Crowd(reply=lambda _: long, page=models)
    with crowd.running(), over(tmp_path, crowd) as running:
        page.resize(width)
        enter(running, page)
        page.type("#text", "x" * 300)
        page.click("#ask")
        assert "www" in answered(page)
    assert page.value("document.documentElement.scrollWidth <= innerWidth")
    wide = page.value(
        "[...document.querySelectorAll('main *')].map(e => e.getBoundingClientRect())"
        ".filter(r => r.right > innerWidth).length"
    )
    assert wide == 0


ELSEWHERE = """\
const to = "http://127.0.0.1:%d", got = [];
const body = JSON.stringify({messages: [{role: "user", content: "stolen"}]});
for (const [path, given] of [
    ["/v1/models", {}],
    ["/v1/models", {headers: {Authorization: "Bearer %s"}}],
    ["/v1/chat/completions", {method: "POST", body}],
    ["/v1/chat/completions", {method: "POST", body, mode: "no-cors"}],
    ["/v1/chat/completions", {method: "POST", body,
        headers: {Authorization: "Bearer %s", "Content-Type": "application/json"}}],
]) {
  try { got.push(await (await fetch(to + path, given)).text()); }
  catch (error) { got.push("refused"); }
}
return got;
"""


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@contextmanager
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as other:
        threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://localhost:{other.server_address[1]}/"
        other.shutdown()


@pytest.mark.parametrize("argv", [(), ("--no-key",)])
def test_a_page_of_another_origin_reaches_nothing(
    page: Page, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    with (
        Crowd().running() as crowd,
        over(tmp_path, crowd, *argv) as running,
        elsewhere() as url,
    ):
        page.open(url)
        got = page.value(f"(async () => {{ {ELSEWHERE % (running.port, KEY, KEY)} }})()")
        form = f"""(() => {{ const f = document.createElement('form'); f.method = 'post';
            f.enctype = 'text/plain'; f.target = 'hole'; f.innerHTML = '<input name=a>';
            f.action = 'http://127.0.0.1:{running.port}/v1/chat/completions';
            const hole = document.createElement('iframe'); hole.name = 'hole';
            document.body.append(hole, f);
            return new Promise(done => {{ hole.onload = () => done(true); f.submit(); }}); }})()"""
        assert page.value(form)
        assert [text for text in got if text not in ("refused", "")] == []
        assert not crowd.bodies


def test_the_page_cannot_be_framed(page: Page, demo: Serving) -> None:
    with elsewhere() as url:
        page.open(url)
        page.value(
            f"""new Promise(done => {{ const f = document.createElement('iframe'); f.onload = done;
            f.src = 'http://127.0.0.1:{demo.port}/'; document.body.append(f); }})"""
        )
        assert any("frame-ancestors" in line for line in page.told)
