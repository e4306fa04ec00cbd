"""The price of watching an answer: CPU time, bytes written and growth, beside two other ways.

python bench/render.py sizes 500 to 32,000 tokens, mixed Markdown, and each long block python
bench/render.py --quick sizes to 8,000

`plain` writes the text as it comes; `naive` is rich.live.Live around rich.markdown.Markdown,
which draws the whole answer in every frame, so it is measured on small sizes only.
"""

from __future__ import annotations

import argparse
import io
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SIZES = (500, 1000, 2000, 4000, 8000, 16000, 32000)
NAIVE_LIMIT = 1000
TOKEN = 4  # characters, about what a token of English or code has
TOKENS_A_FRAME = 5
COLUMNS, ROWS = 80, 24

MIXED = """## Разбор {n}: streams and blocks

A paragraph with **bold words**, some `inline code`, a [link](https://example.org/page/{n}) and a
few plain sentences after it. Русский текст стоит рядом с английским, 中文也在这里, and
nothing is cut.

- first point of {n}, which has *emphasis*
- second point, longer than the first one, so that it has to be folded at the end of the row
  - nested point with `code`
- [x] done

```python
def answer_{n}(question: str, *, tries: int = 3) -> str:
    \"\"\"Ask once more.\"\"\"
    for attempt in range(tries):  # a comment
        if attempt > {n}:
            return question.upper() + "!"
    raise ValueError(f"no answer after {{tries}}")
```

| model | tokens | note |
|-------|-------:|------|
| GigaChat-2 | {n} | быстрая |
| glm-4 | 128000 | 语言模型 |

> A quote of two lines,
> the second one with **weight**.

"""
SHAPES: dict[str, tuple[str, str]] = {  # what stands once before, what is repeated
    "mixed": ("", MIXED),
    "fence": ("```python\n", "value_{n} = compute(items[{n}], key='k{n}')  # line {n}\n"),
    "list": ("", "- item {n} with **bold** and `code` in a sentence of its own\n"),
    "table": ("| a | b | c |\n|---|---|---|\n", "| cell {n} | some **text** | `{n}` |\n"),
    "paragraph": ("", "Sentence {n} is *plain* prose that never ends, and goes on. "),
    "quote": ("", "> Line {n} of a quote which is long and has **weight** in it.\n"),
}


@dataclass(frozen=True)
class Cost:
    cpu: float
    written: int
    given: int


class Sink(io.StringIO):
    """A terminal that only counts."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def write(self, text: str) -> int:
        self.count += len(text.encode())
        return len(text)

    def isatty(self) -> bool:
        return True


def document(shape: str, tokens: int) -> str:
    head, body = SHAPES[shape]
    size, parts, n = tokens * TOKEN, [head], 0
    while size > 0:
        n += 1
        parts.append(body.format(n=n))
        size -= len(parts[-1])
    return "".join(parts)


def pieces(text: str, tokens: int) -> Iterator[str]:
    step = tokens * TOKEN
    for start in range(0, len(text), step):
        yield text[start : start + step]


def ours(text: str) -> int:
    from llmchat.render.terminal.live import LiveMarkdown
    from llmchat.render.terminal.screen import Screen

    sink = Sink()
    with LiveMarkdown(Screen(sink, lambda: (COLUMNS, ROWS)), "dark") as live:
        for piece in pieces(text, TOKENS_A_FRAME):
            for start in range(0, len(piece), TOKEN):
                live.feed(piece[start : start + TOKEN])
            live.frame()
        live.end()
    return sink.count


def plain(text: str) -> int:
    sink = Sink()
    for piece in pieces(text, 1):
        sink.write(piece)
        sink.flush()
    return sink.count


def naive(text: str) -> int:
    from rich.console import Console
    from rich.live import Live
    from rich.markdown import Markdown

    sink = Sink()
    console = Console(file=sink, force_terminal=True, width=COLUMNS, height=ROWS)
    so_far = ""
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        for piece in pieces(text, TOKENS_A_FRAME):
            so_far += piece
            live.update(Markdown(so_far), refresh=True)
    return sink.count


WAYS: dict[str, Callable[[str], int]] = {"ours": ours, "plain": plain, "naive": naive}


def measure(way: str, shape: str, tokens: int) -> Cost:
    text = document(shape, tokens)
    start = time.process_time()
    written = WAYS[way](text)
    return Cost(time.process_time() - start, written, len(text.encode()))


def table(shape: str, sizes: tuple[int, ...]) -> None:
    print(f"\n{shape}: CPU ms per 1,000 tokens, bytes written per byte")
    print(
        f"{'tokens':>8} {'ours ms':>9} {'ours B':>7} {'plain ms':>9} {'naive ms':>9} {'naive B':>8}"
    )
    costs: dict[int, Cost] = {}
    for tokens in sizes:
        costs[tokens] = own = measure("ours", shape, tokens)
        line = f"{tokens:>8} {_per_thousand(own, tokens):9.1f} {own.written / own.given:7.2f}"
        line += f" {_per_thousand(measure('plain', shape, tokens), tokens):9.2f}"
        if tokens <= NAIVE_LIMIT:
            other = measure("naive", shape, tokens)
            line += f" {_per_thousand(other, tokens):9.0f} {other.written / other.given:8.0f}"
        print(line, flush=True)
    first, last = sizes[len(sizes) // 2], sizes[-1]
    exponent = math.log(costs[last].cpu / costs[first].cpu) / math.log(last / first)
    print(f"growth exponent from {first} to {last}: {exponent:.2f}")
    if {8000, 32000} <= costs.keys():
        print(f"32,000 tokens cost {costs[32000].cpu / costs[8000].cpu:.2f} times 8,000")


def _per_thousand(cost: Cost, tokens: int) -> float:
    return cost.cpu * 1e6 / tokens


def peak(shape: str, tokens: int) -> float:
    """Megabytes of a fresh process that draws one answer, as the system counts them."""
    program = [sys.executable, __file__, "--one", shape, str(tokens)]
    return float(subprocess.run(program, capture_output=True, check=True, timeout=600).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "TOKENS"))
    options = parser.parse_args()
    if options.one:
        ours(document(options.one[0], int(options.one[1])))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    sizes = SIZES[:5] if options.quick else SIZES
    measure("ours", "mixed", 500)  # imports and memo tables are no part of the price
    measure("naive", "mixed", 100)
    for shape in SHAPES:
        table(shape, sizes)
    print(f"\npeak memory, mixed, {sizes[-1]} tokens: {peak('mixed', sizes[-1]):.1f} MB")


if __name__ == "__main__":
    main()
