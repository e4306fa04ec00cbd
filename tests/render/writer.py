"""Random Markdown of the kinds that are hard to settle."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

WORDS = (
    *("слово", "word", "语言模型很好。", "数据，结构", "ไทย", "😀", "(paren)", "a|b", "||"),
    *("**bold", "bold**", "`code`", "*em*", "~~s~~", "*", "_", "[", "a_b_c", "\\*", "&amp;"),
    *("[l](http://e.org/x)", "[ref][r]", "$x_1$", "<b>", "https://example.org/" + "x" * 90),
    *("👨\u200d👩\u200d👧", "⚠️", "é", "e\u0301", "🇷🇺", "\u200b", "\x1b[31m"),
)
CODE = ("\tif x:", "  y = '''", "/* c", "*/ z", "", " # комментарий", "数" * 60, "x" * 170 + "  ")


def prose(chance: Random) -> str:
    length = chance.randint(1, chance.choice((8, 40, 200)))
    words = (chance.choice(WORDS) + chance.choice((" ", " ", "\n", "")) for _ in range(length))
    return "".join(words) + "\n\n"


def fence(chance: Random) -> str:
    lines = [chance.choice(CODE) for _ in range(chance.randint(1, 40))]
    begin = chance.choice(("```python", "```c", "~~~", "```html", "```no-such-language"))
    return "\n".join([begin, *lines, chance.choice(("```", "~~~", "")), ""])


def items(chance: Random) -> str:
    return "".join(
        "  " * chance.randint(0, 3)
        + chance.choice(("- ", "1. ", "* ", "- [ ] "))
        + prose(chance).rstrip("\n")
        + chance.choice(("\n", "\n\n"))
        for _ in range(chance.randint(1, 12))
    )


def table(chance: Random) -> str:
    columns = chance.randint(1, 6)
    head = "|" + "h|" * columns + "\n|" + chance.choice(("-|", ":-:|", "--:|")) * columns + "\n"
    return head + "".join(_row(chance, columns) for _ in range(chance.randint(0, 30))) + "\n"


def _row(chance: Random, columns: int) -> str:
    cells = (
        " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, 5))) for _ in range(columns)
    )
    return "|" + "|".join(cells) + "|\n"


def quote(chance: Random) -> str:
    inner = chance.choice((prose, fence, items))(chance)
    return "".join(f"> {line}\n" for line in inner.split("\n"))


def heading(chance: Random) -> str:
    return "#" * chance.randint(1, 6) + " " + prose(chance)


def long_line(chance: Random) -> str:
    return chance.choice("yю语") * chance.randint(900, 4500) + "\r\n"


def short(chance: Random) -> str:
    return chance.choice(("---\n", "text\n===\n", "$$\nx_1 = y\n$$\n", "<div>\n*x*\n\n", "\n"))


KINDS: tuple[Callable[[Random], str], ...] = (
    *(prose, prose, fence, items, table, quote),
    *(heading, long_line, short, short),
)


def document(chance: Random) -> str:
    return "".join(chance.choice(KINDS)(chance) for _ in range(chance.randint(1, 6)))
