"""Whether the standard streams are terminals or pipes, and whether to use colour."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import TextIO

from llmchat.errors import Interrupted, LlmchatError, OutputError
from llmchat.language import msg
from llmchat.system.terminals import is_dumb

UNWRITABLE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF))
OPEN_IT = msg("redirect it to a file or leave it open")


def is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (ValueError, OSError):
        return False


def is_colored(stream: TextIO | None, environ: Mapping[str, str], when: str) -> bool:
    """Whether to use colour: decided by `--color`, NO_COLOR, FORCE_COLOR, a dumb terminal, then
    whether it is a terminal."""
    if when in ("always", "never"):
        return when == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0").lower() not in ("", "0", "false"):
        return True
    return is_terminal(stream) and not is_dumb(environ)


def open_stdout(stream: TextIO | None) -> TextIO:
    """stdout, or an error if it is closed, to be raised before a question is asked."""
    if stream is None or stream.closed:
        raise OutputError(msg("stdout is closed"), hint=OPEN_IT)
    return stream


def is_unwritable(error: Exception) -> bool:
    """Whether a stream could not be written, as opposed to a file."""
    return isinstance(error, OSError) and error.errno in UNWRITABLE and error.filename is None


def unwritable(error: OSError) -> OutputError:
    return OutputError(
        msg("stdout cannot be written: {strerror}", strerror=error.strerror or error),
        hint=OPEN_IT if error.errno == errno.EBADF else msg("check the disk space"),
    )


def failure_at_end(end: Callable[[], None]) -> LlmchatError | None:
    """The error of the last writes, if any; a closed pipe ends the program silently."""
    try:
        end()
    except BrokenPipeError:
        raise
    except LlmchatError as error:
        return error
    except OSError as error:
        return unwritable(error)
    return None


def failure_of(work: Callable[[], LlmchatError | None]) -> LlmchatError | None:
    """The error that `work` returns or raises, if any; a closed pipe ends the program silently."""
    try:
        return work()
    except LlmchatError as error:
        return error
    except KeyboardInterrupt:  # while reading stdin
        return Interrupted()
    except BrokenPipeError:
        raise
    except OSError as error:
        if not is_unwritable(error):
            raise
        return unwritable(error)
