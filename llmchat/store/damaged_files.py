"""Sets aside one of llmchat's small files that cannot be read, and says so.

Its content can be learned again, so the person does not have to do anything; but the file is kept,
in case its content is of interest. Why: docs/decisions/0153-rotten-files.md.
"""

from __future__ import annotations

from pathlib import Path

from llmchat.language import msg
from llmchat.store.ownership import Warn

SUFFIX = ".damaged"


def set_aside(path: Path, tell: Warn) -> None:
    """Under its name and `.damaged`, in the place of an earlier one."""
    aside = path.with_name(path.name + SUFFIX)
    try:
        path.replace(aside)
    except FileNotFoundError:  # somebody else was quicker
        return
    except OSError:  # no rights, or a folder stands there
        tell(msg("{path} is damaged and is not used", path=path))
        return
    tell(msg("{path} was damaged; it is now {aside}", path=path, aside=aside))
