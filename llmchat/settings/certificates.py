"""The files of certificates that settings name: whom to trust, and what is shown of ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llmchat.settings.keys import GENERAL_CA
from llmchat.settings.values import Setting
from llmchat.values.endpoint import ClientCertificate


def ca_bundle(
    given: Mapping[str, Setting], environ: Mapping[str, str], *, home: Path | None
) -> str:
    """Further roots; the machine's own variables where nothing of ours is said."""
    file, folder = GENERAL_CA
    own = _path(given.get("ca_bundle"), home) or environ.get(file, "").strip()
    return own or _useful(environ.get(folder, "").strip())


def _useful(folder: str) -> str:
    """The machine's variable may name a folder with nothing in it, which is not our mistake."""
    from llmchat.transport.tls import has_hashed_names  # ssl: 6 ms, only with such a variable

    try:
        return folder if folder and has_hashed_names(Path(folder)) else ""
    except OSError:
        return folder


def client_certificate(
    given: Mapping[str, Setting], *, home: Path | None
) -> ClientCertificate | None:
    """The certificate that is shown; its password may still have to be asked of a command."""
    certificate = _path(given.get("client_cert"), home)
    if not certificate:
        return None
    password = given.get("client_key_password")
    key = _path(given.get("client_key"), home)
    return ClientCertificate(certificate, key, password.value if password else None)


def _path(setting: Setting | None, home: Path | None) -> str:
    """The path with `~` replaced, or relative to the file that names it."""
    text = str(setting.value).strip() if setting else ""
    if setting is None or not text:
        return ""
    if home and (text == "~" or text.startswith("~/")):
        return str(home / text[2:])
    document = setting.origin.document
    return str(document.path.parent / text) if document else text
