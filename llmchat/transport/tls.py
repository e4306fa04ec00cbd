"""Whom we trust: the usual roots, and for some hosts more. Verification is always on."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path

from llmchat.errors import ConfigError


def trusting_context(extra_roots: Iterable[str] = (), *, bundle: str = "") -> ssl.SSLContext:
    """The usual roots (or `SSL_CERT_FILE`'s), a bundle file or folder, and roots as PEM texts."""
    context = _usual_roots()
    if bundle:
        _add_bundle(context, bundle)
    for pem in extra_roots:
        context.load_verify_locations(cadata=pem)
    return context


def _usual_roots() -> ssl.SSLContext:
    """A hashed folder costs 2 ms, for it is read when asked; a bundle file 17 ms."""
    paths = ssl.get_default_verify_paths()
    if os.name == "nt" or paths.cafile:
        return ssl.create_default_context()
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        return ssl.create_default_context(capath=paths.capath)
    import certifi  # only where the system has no roots of its own: 2 ms and a 17 ms file

    return ssl.create_default_context(cafile=certifi.where())


def _add_bundle(context: ssl.SSLContext, bundle: str) -> None:
    path = Path(bundle).expanduser()
    hint = "set ca_bundle to a PEM file or a folder of hashed certificates"
    if not path.exists():
        raise ConfigError(f"the certificate bundle {path} does not exist", hint=hint)
    try:
        if path.is_dir():
            context.load_verify_locations(capath=str(path))
        else:
            context.load_verify_locations(cafile=str(path))
    except (ssl.SSLError, OSError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not a PEM file"
        raise ConfigError(f"cannot read the certificate bundle {path}: {why}", hint=hint) from error
