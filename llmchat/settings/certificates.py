"""The certificate files that settings name: trusted roots, and the client certificate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llmchat.settings.keys import GENERAL_CA
from llmchat.settings.values import Setting
from llmchat.values.endpoint import ClientCertificate


def ca_bundle(
    given: Mapping[str, Setting], environ: Mapping[str, str], *, home: Path | None
) -> str:
    """The bundle of additional trusted roots; without a setting, the one that the system's
    variables name."""
    file, folder = GENERAL_CA
    own = _path(given.get("ca_bundle"), home) or environ.get(file, "").strip()
    return own or _useful(environ.get(folder, "").strip())


def _useful(folder: str) -> str:
    """The folder if it has certificates. A system's variable may name an empty one, which is not
    the person's mistake."""
    from llmchat.transport.tls import has_hashed_names  # ssl: 6 ms, only if the variable is set

    try:
        return folder if folder and has_hashed_names(Path(folder)) else ""
    except OSError:
        return folder


def client_certificate(
    given: Mapping[str, Setting], *, home: Path | None
) -> ClientCertificate | None:
    """The client certificate; the password of its key may still have to come from a command."""
    certificate = _path(given.get("client_cert"), home)
    if not certificate:
        return None
    password = given.get("client_key_password")
    key = _path(given.get("client_key"), home)
    return ClientCertificate(certificate, key, password.value if password else None)


def _path(setting: Setting | None, home: Path | None) -> str:
    """The path with `~` expanded, or relative to the file that contains it."""
    text = str(setting.value).strip() if setting else ""
    if setting is None or not text:
        return ""
    if home and (text == "~" or text.startswith("~/")):
        return str(home / text[2:])
    document = setting.origin.document
    return str(document.path.parent / text) if document else text
