"""TLS contexts: the usual roots, plus additional ones for some hosts. Verification is always on."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterable
from pathlib import Path

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.system.opening import from_home, is_file, is_there, open_regular
from llmchat.values.endpoint import ClientCertificate

HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def trusting_context(
    extra_roots: Iterable[str] = (), *, bundle: str = "", client: ClientCertificate | None = None
) -> ssl.SSLContext:
    """A context with the usual roots (or those of `SSL_CERT_FILE`), a bundle file or folder, and
    additional roots as PEM texts; `client` is the client certificate."""
    context = _usual_roots()
    if client:
        _identify(context, client)
    if bundle:
        _add_bundle(context, bundle)
    for pem in extra_roots:
        context.load_verify_locations(cadata=pem)
    return context


def _usual_roots() -> ssl.SSLContext:
    """The system's roots. A hashed folder takes 2 ms, because it is read on demand; a bundle file
    takes 17 ms."""
    paths = ssl.get_default_verify_paths()
    if os.name == "nt":
        return ssl.create_default_context()
    if paths.cafile:  # otherwise OpenSSL opens whatever SSL_CERT_DIR names, and blocks on a pipe
        try:
            return ssl.create_default_context(cafile=paths.cafile, capath=paths.capath)
        except OSError as error:
            hint = msg("correct {setting}", setting=paths.openssl_cafile_env)
            raise _unreadable(paths.cafile, error, hint) from error
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        return ssl.create_default_context(capath=paths.capath)
    import certifi  # only if the system has no roots: 2 ms, and 17 ms to read it

    return ssl.create_default_context(cafile=certifi.where())


def _identify(context: ssl.SSLContext, client: ClientCertificate) -> None:
    """Adds the client certificate to the context: httpx ignores `cert=` if `verify` is a
    context."""
    certificate = _file(client.certificate, "client_cert")
    key = _file(client.key, "client_key") if client.key else None
    try:
        context.load_cert_chain(certificate, key, password=_password(client))
    except (ssl.SSLError, OSError, ValueError) as error:
        why = _reason(error) or "not PEM"
        raise ConfigError(
            msg(
                "the client certificate {certificate} cannot be used: {why}",
                certificate=certificate,
                why=str(why).lower(),
            ),
            hint=msg(
                "client_cert and client_key name PEM files that belong together; an "
                "encrypted key needs client_key_password_command"
            ),
        ) from error


def _password(client: ClientCertificate) -> str:
    """The password of the key. It must not be None or empty, or OpenSSL would ask at the
    terminal."""
    return client.password.reveal() if client.password else " "


def _file(path: str, setting: str) -> Path:
    found = from_home(path)
    if not is_file(found):
        raise ConfigError(
            msg("{setting}: there is no file {found}", setting=setting, found=found),
            hint=msg("correct {setting}", setting=setting),
        )
    return found


def has_hashed_names(folder: Path) -> bool:
    """Whether a folder has files named by hash, the only way OpenSSL finds certificates in it."""
    return any(HASHED.fullmatch(entry.name) for entry in folder.iterdir())


def _check_folder(folder: Path) -> None:
    """Raises an error for pipes in the folder, which OpenSSL would open and block on during a
    handshake."""
    for entry in folder.iterdir():
        if HASHED.fullmatch(entry.name) and is_there(entry) and not is_file(entry):
            open_regular(entry)  # its error says what it is instead
    if not has_hashed_names(folder):
        raise ConfigError(
            msg(
                "no certificates found in the folder {folder}: none is named by its hash",
                folder=folder,
            ),
            hint=msg(
                "run openssl rehash '{folder}', or set ca_bundle to a PEM file", folder=folder
            ),
        )


def _add_bundle(context: ssl.SSLContext, bundle: str) -> None:
    path = from_home(bundle)
    hint = msg("set ca_bundle to a PEM file or a folder of hashed certificates")
    if not path.exists():
        raise ConfigError(msg("the certificate bundle {path} does not exist", path=path), hint=hint)
    try:
        if path.is_dir():
            _check_folder(path)
            context.load_verify_locations(capath=str(path))
        else:
            open_regular(path).close()  # OpenSSL would block on a pipe, ignoring Ctrl-C
            context.load_verify_locations(cafile=str(path))
    except OSError as error:
        raise _unreadable(error.filename or path, error, hint) from error


def _unreadable(path: Path | str, error: OSError, hint: str) -> ConfigError:
    why = _reason(error) or msg("not a PEM file")
    return ConfigError(
        msg("cannot read the certificate bundle {path}: {why}", path=path, why=why), hint=hint
    )


def _reason(error: Exception) -> object:
    return getattr(error, "reason", None) or getattr(error, "strerror", None)
