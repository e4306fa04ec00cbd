"""The key that clients of the server send: created once, and kept in a private file."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.store.private.files import change_private, read_private
from llmchat.system.opening import read_regular

if TYPE_CHECKING:
    from llmchat.app.run.context import Context

LARGEST_KEY = 4096  # bytes
KEY = re.compile(r"[\x21-\x7e]{8,}")


def own_key(context: Context) -> str:
    """The stored key; the first process that needs it creates it."""
    path = context.paths.serve_key

    def made(kept: bytes | None) -> bytes:
        return kept or f"llmchat-{secrets.token_urlsafe(32)}\n".encode()

    change_private(path, made, context.report.warning)
    return _key(read_private(path) or b"", str(path))


def key_in(context: Context, name: str) -> str:
    """The key in a file that contains nothing else."""
    try:
        content = read_regular(context.world.cwd / name, LARGEST_KEY)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            msg("cannot read {name}: {reason}", name=name, reason=reason),
            hint=msg("check --key-file"),
        ) from error
    return _key(content, name)


def _key(content: bytes, name: str) -> str:
    key = content.decode("utf-8", "replace").strip()
    if not KEY.fullmatch(key):
        hint = msg("one line of at least 8 visible ASCII characters, without spaces")
        raise ConfigError(msg("{name} contains no key", name=name), hint=hint)
    return key
