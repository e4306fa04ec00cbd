"""Tracebacks for LLMCHAT_DEBUG=1, with secrets masked and text cleaned."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping

from llmchat.render.clean import clean
from llmchat.values.secret import Secret, redact

TELLING = ("KEY", "TOKEN", "SECRET", "CREDENTIALS", "PASSWORD")


def masked_traceback(
    error: BaseException, environ: Mapping[str, str], secrets: Iterable[Secret] = ()
) -> str:
    """A traceback without the run's `secrets` and those in environment variables with telling
    names."""
    told = [Secret(v) for name, v in environ.items() if any(t in name for t in TELLING) and v]
    return redact(clean("".join(traceback.format_exception(error))), [*told, *secrets])
