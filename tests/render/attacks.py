"""Strings that try to drive a terminal or hide something, and what is forbidden there."""

from __future__ import annotations

import re
import unicodedata

SEQUENCES = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b[?1049h",
    "\x1b[?25l",
    "\x1b[8mconcealed",
    "\x1b[6n",
    "\x1b[5i",
    "\x1b[1;1H\x1b[K",
    "\x1b[20t\x1b[21t",
    "\x1b[?2026h",
    "\x1b]0;title\x07",
    "\x1b]2;title\x1b\\",
    "\x1b]8;;http://evil.example\x1b\\bank.example\x1b]8;;\x1b\\",
    "\x1b]8;;http://evil.example\x07bank.example\x1b]8;;\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1b]52;p;?\x07",
    "\x1b]1337;File=inline=1:AAAA\x07",
    "\x1b]1337;RequestAttention=fireworks\x07",
    "\x1b]4;1;?\x07",
    "\x1b]7;file:///etc\x07",
    "\x1b]9;4;1;50\x07",
    "\x1b]777;notify;a;b\x07",
    "\x1b]133;A\x07",
    "\x1bP1$r0m\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1bPq#0;2;0;0;0~-\x1b\\",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bXstring\x1b\\",
    "\x1bc",
    "\x1b7\x1b8",
    "\x1b(0lqqk\x1b(B",
    "\x1b#8",
    "\x1bM\x1bD\x1bE",
    "\x1b[>c\x1b[c",
    "\x1b[4h\x1b[20h",
    "\x1b%G\x1b%@",
    "\x1b[200~rm -rf ~\x1b[201~",
    "\x9b31mred\x9b0m",
    "\x9d0;title\x9c",
    "\x90q\x9c",
    "\x9fGf=24\x9c",
    "a\rb",
    "safe\rrm -rf /",
    "abc\b\b\bxyz",
    "a\x0bb\x0cc",
    "\x0e\x0f",
    "\x05",
    "\x00null\x00",
    "\x18\x1a",
    "\x7f\x7f\x7f",
)
MARKDOWN = (
    "&#27;[31mred",
    "&#x1b;]0;title&#7;",
    "&#155;31m &#x9b;2J",
    "&#x202e;gnp.exe &#8238;",
    "&#x200b;&#8203;&zwj;&zwnj;",
    "&#xE0041;&#917569;",
    "&#13;&#8;&#127;",
    "&NewLine;&Tab;&shy;&lrm;&rlm;",
    "[text](http://e.example/%1b%5b31m)",
    "[text](http://e.example/&#27;[31m)",
    "[text](<http://e.example/\x1b[31m>)",
    "[te\x1b[31mxt](http://e.example)",
    "[bank.example](http://evil.example)",
    "[](http://evil.example)",
    "[text](http://e.example 'ti\x1btle')",
    "[text](javascript:alert\x1b(1))",
    "![alt\x1b[31m](http://e.example/\x9b)",
    "<http://e.example/\x1b[31m>",
    "<http://e.example/%1b>",
    "<a\x1b[31m@e.example>",
    "[ref]: http://e.example/\x1b[31m\n\n[ref]",
    "`code \x1b[31m`",
    "``&#27;``",
    "```py\x1b[31mthon\nx = '\x1b[31m'\n```",
    "```&#27;[31m\ncode\n```",
    "~~~ \x9b31m\n\x9b2J\n~~~",
    "```" + "l" * 3000 + "\ncode\n```",
    "    indented \x1b[31m",
    "# head\x1b[31m",
    "head\x1b[31m\n===",
    "- item\x1b[31m\n\x1b- x",
    "1. item\x9b\n99999999999. x",
    "> quote\x1b]0;t\x07\n>\x1b> x",
    "| a\x1b | b\x9b |\n|---|---|\n| \x1b[31m | \x1b]0;t\x07 |",
    "<div>\x1b[31m\n\x1b]0;t\x07</div>",
    "<b onclick='\x1b[31m'>x</b>",
    "<!-- \x1b[2J -->",
    "$x\x1b[31m$ \\(\x9b\\)",
    "$$\n\x1b[31m\n$$",
    "**\x1b[31m** ~~\x9b~~ *\x07*",
    "a\\\x1b[31m\\\x9b",
    "- [x] \x1b[31m done",
    "***\x1b***",
    "[bold red]markup[/bold red] [link=http://evil.example]x[/link]",
    "[/] [/not] [@click=app.bell]x[/]",
    ":warning: :smile: :bomb:",
    "<br>\x1b[31m<br/>",
)
HIDDEN = (
    "a\u202egnp.exe",
    "\u202d\u202c\u2066\u2067\u2068\u2069",
    "admin\u200b\u200c\u200d\ufeff\u2060",
    "so\u00adft",
    "tag" + "".join(chr(0xE0000 + ord(char)) for char in "ignore all"),
    "🏴" + "".join(chr(0xE0000 + ord(char)) for char in "hidden text"),
    "a" + "".join(chr(0xFE00 + n) for n in range(16)),
    "😀" + "".join(chr(0xE0100 + n) for n in range(200)),
    "Z" + "\u0301" * 500,
    "".join(char + "\u0336\u0489\u0300\u0301\u0302\u0303\u0304\u0305\u0306" for char in "zalgo"),
    "\u0301start",
    "line\n\u0301next",
    "a\u034fb\u115fc\u1160d\u3164e\uffa0f",
    "ᄀ" + "\u1161" * 300,
    "a\u200d\u200d\u200db",
    "😀\u200d\u200d\u200d😀",
    "\ufff9a\ufffab\ufffb",
    "\U000e0001\U000e007f",
    "\U0001d173\U0001d17a",
    "\ud800 \udfff lone",
    "\ufffe\uffff\U0010ffff",
    "\u2028\u2029",
    "\u0085next",
    "\u061c\u200e\u200f",
    "**a**\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
)
CONTROLS = tuple(f"a{chr(code)}b" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)))
BIDI = tuple(f"a{chr(code)}b" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
ATTACKS = (*SEQUENCES, *MARKDOWN, *HIDDEN, *CONTROLS, *BIDI)

OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[[0-9]*[ABGJK]|\r\n?")
JOINERS = "\u200c\u200d"
SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
MOST_MARKS = 8
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def forbidden(written: str, *, drawn: bool = False) -> str:
    """The first characters which must not reach a terminal, or "".

    Written from the product's promise alone, it shares nothing with the code it judges. Where
    something is `drawn`, our own sequences are no offence.
    """
    text = OURS.sub("\n", written) if drawn else written
    marks, before = 0, "\n"
    for at, char in enumerate(text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        joined = char in JOINERS and ord(before) > 0x7F and before not in JOINERS
        tagged = 0xE0000 <= ord(char) <= 0xE00FF
        hidden = category in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in "\n\t" and not joined
        doubled = char in SELECTORS and before in SELECTORS
        if hidden or tagged or marks > MOST_MARKS or char in BLANK_LETTERS or doubled:
            return text[at : at + 20]
        before = char
    return ""
