"""Imports httpx without its command line, which would import click and rich.

Where click, rich and pygments are installed, `import httpx` loads all three for its own program
(129 ms against 81 ms). Our name for that module is given back afterwards.
"""

from __future__ import annotations

import sys

_program = "httpx._main"
if _program not in sys.modules:
    sys.modules[_program] = None  # type: ignore[assignment]  # how import is told "not there"
    import httpx

    del sys.modules[_program]
else:
    import httpx

__all__ = ["httpx"]
