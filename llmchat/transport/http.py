"""Imports httpx without its command line, which would import click and rich.

If click, rich and pygments are installed, `import httpx` loads all three for its own program (129
ms instead of 81 ms). The stand-in for that module is removed afterwards.
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
