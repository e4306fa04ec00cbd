"""Colours: a Rich theme for dark and light backgrounds, or one from a file.

The names are Rich's own where it has them, so that theme files made for Rich can be used. Only the
sixteen ANSI colours are used here, which the terminal's palette makes readable. `auto` uses those
that are readable on dark and light backgrounds.
"""

from __future__ import annotations

from configparser import Error as BadFile
from io import StringIO
from pathlib import Path

from rich.errors import StyleSyntaxError
from rich.style import Style
from rich.theme import Theme

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.system.opening import read_regular

LARGEST_FILE = 64 * 1024  # bytes of a theme file
HEADINGS = tuple(f"markdown.h{level}" for level in range(1, 7))

CODE = ("markdown.code", "code.number", "code.builtin")
PLAIN = {
    **dict.fromkeys(("markdown.strong", "markdown.table.header", *HEADINGS), "bold"),
    **dict.fromkeys(("code.keyword", "code.heading"), "bold"),
    **dict.fromkeys(("markdown.link_url", "markdown.html", "markdown.code_label"), "dim"),
    **dict.fromkeys(("markdown.hr", "markdown.block_quote", "markdown.table.border"), "dim"),
    **dict.fromkeys(("code.comment", "hint", "notice"), "dim"),
    **dict.fromkeys(("markdown.code", "markdown.code_block", "error", "warning"), "none"),
    **dict.fromkeys(("markdown.item.bullet", "markdown.item.number", "ok"), "none"),
    **dict.fromkeys(("table.header", "match", "bar.complete", "bar.finished"), "bold"),
    "bar.back": "dim",
    "markdown.h1": "bold underline",
    "markdown.em": "italic",
    "markdown.s": "strike",
    "markdown.link": "underline",
}
COLOURS = {  # headings and keywords; code; strings; names; decorators; errors; warnings
    "auto": ("magenta", "cyan", "green", "bold", "magenta", "red", "yellow"),
    "light": ("magenta", "blue", "green", "bold", "red", "red", "red"),
    "dark": tuple(
        f"bright_{c}" for c in ["magenta", "cyan", "green", "blue", "yellow", "red", "yellow"]
    ),
}


def _coloured(main: str, code: str, string: str, name: str, *rest: str) -> dict[str, str]:
    decorator, error, warning = rest
    return {
        "markdown.h1": f"bold underline {main}",
        **dict.fromkeys((*HEADINGS[1:], "code.heading"), f"bold {main}"),
        **dict.fromkeys((*CODE, "bar.complete", "bar.finished"), code),
        **dict.fromkeys(("code.removed", "error"), error),
        "code.keyword": main,
        **dict.fromkeys(("code.string", "ok"), string),
        "code.name": name,
        "code.decorator": decorator,
        "warning": warning,
        "match": f"bold {warning}",
    }


def theme_named(name: str, *, colour: bool = True) -> Theme:
    """`auto`, `dark`, `light`, or the theme in a file, which changes only what it names. Rich's
    other styles (`progress.*`, `repr.*`) stay as they are."""
    built_in = name if name in COLOURS else "auto"
    styles = PLAIN | (_coloured(*COLOURS[built_in]) if colour else {})
    if name in COLOURS:
        return Theme(styles)
    return Theme({**Theme(styles).styles, **_read(Path(name))})


def _read(path: Path) -> dict[str, Style]:
    """The styles in a file; links are dropped, because they would hide their targets."""
    try:
        text = read_regular(path, LARGEST_FILE).decode("utf-8-sig")
        styles = Theme.from_file(StringIO(text), str(path), inherit=False).styles
    except OSError as error:
        problem = msg(
            "cannot read the theme {path}: {strerror}", path=path, strerror=error.strerror
        )
        raise ConfigError(problem, hint=msg("llmchat config set theme auto")) from error
    except (BadFile, StyleSyntaxError, ValueError) as error:
        problem = msg(
            "{path} is not a theme: {split}", path=path, split=" ".join(str(error).split())
        )
        raise ConfigError(
            problem, hint=msg("a theme needs a [styles] section, such as markdown.h1 = bold")
        ) from error
    return {
        name: style.update_link(None) if style.link else style for name, style in styles.items()
    }
