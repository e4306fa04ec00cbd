"""Signals the end of a long answer: the bell, and a notification if the terminal shows them.

Why: docs/decisions/0130-lines-are-queued.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.app.terminal.passthrough import passed_through
from llmchat.language import translated
from llmchat.render.clean import clean_line
from llmchat.render.width import cut

BEL, ESC, ST = "\x07", "\x1b", "\x1b\\"
LONGEST = 80  # cells; a notification is read at a glance
# The kind of notification, by the first variable that identifies the terminal, also inside a
# multiplexer.
KITTY, TITLED, PLAIN = "99", "777", "9"
TERMINALS = (
    ("KITTY_WINDOW_ID", "", KITTY),
    ("TERM", "xterm-kitty", KITTY),
    ("WEZTERM_PANE", "", TITLED),
    ("TERM_PROGRAM", "WezTerm", TITLED),
    ("GHOSTTY_RESOURCES_DIR", "", TITLED),
    ("TERM_PROGRAM", "ghostty", TITLED),
    ("TERM", "foot", TITLED),
    ("TERM", "rxvt-unicode", TITLED),
    ("VTE_VERSION", "", TITLED),
    ("LC_TERMINAL", "iTerm2", PLAIN),
    ("TERM_PROGRAM", "iTerm.app", PLAIN),
)


def notification(text: str, environ: Mapping[str, str]) -> str:
    """The escape sequence of a notification; only the bell if the terminal is not known to show
    them. `text` is foreign, so control characters in it are removed."""
    said = cut(clean_line(translated(text)).replace(";", ","), LONGEST)
    match _protocol(environ):
        case "99":
            return passed_through(f"{ESC}]99;;{said}{ST}", environ) + BEL
        case "777":
            return passed_through(f"{ESC}]777;notify;llmchat;{said}{ST}", environ) + BEL
        case "9":
            return passed_through(f"{ESC}]9;{said}{BEL}", environ) + BEL
        case _:
            return BEL


def _protocol(environ: Mapping[str, str]) -> str:
    for variable, beginning, protocol in TERMINALS:
        value = environ.get(variable, "")
        if value and value.startswith(beginning):
            return protocol
    return ""
