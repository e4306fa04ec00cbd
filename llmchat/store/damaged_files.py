"""Sets aside one of llmchat's small files that cannot be read, and says so.

Its content is learned again, so the person need not do anything; the file is kept in case it is of
interest. Why: docs/decisions/0153-rotten-files.md.
"""

from __future__ import annotations

from pathlib import Path

from llmchat.language import msg
from llmchat.store.ownership import Warn

SUFFIX = ".damaged"


def set_aside(path: Path, tell: Warn) -> None:
    """Renames the file to its name with `.damaged`, replacing an earlier one."""
    aside = path.with_name(path.name + SUFFIX)
    try:
        path.replace(aside)
    except FileNotFoundError:  # another process did it
        return
    except OSError:  # no rights, or there is a folder of that name
        tell(msg("{path} is damaged and is not used", path=path))
        return
    tell(msg("{path} was damaged; it is now {aside}", path=path, aside=aside))
