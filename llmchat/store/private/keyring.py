"""The system's keyring, through the optional package `keyring` in a process of its own: a keyring
that waits for somebody to unlock it is ended after its time, and nobody pays for the import
(docs/decisions/0056-keyring-in-a-process.md)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.programs import start
from llmchat.values.secret import Secret

SERVICE = "llmchat"
PATIENCE = 20.0  # seconds: somebody may have to type the keyring's password
# The flags of -I, but for the person's own packages where we have them, too: `-m` alone would take
# a `keyring.py` from the folder one stands in, and hand it the key.
ISOLATED = ("-E", "-P", *(("-s",) if sys.flags.no_user_site else ()))
COMMAND = (sys.executable, *ISOLATED, "-X", "utf8", "-m", "keyring")
NO_BACKEND = "NoKeyringError"
NO_SUCH_MODULE = "No module named"


class Keyring:
    """Keys by the provider's name. The key itself travels through pipes, never through argv."""

    def __init__(self, command: Sequence[str] = COMMAND, *, patience: float = PATIENCE) -> None:
        self._command = tuple(command)
        self._patience = patience

    def get(self, provider: str) -> Secret | None:
        code, out, complaint = self._run("get", provider)
        if code and complaint:
            raise _failed(complaint)
        return Secret(out.removesuffix("\n")) if not code and out.strip() else None

    def put(self, provider: str, key: Secret) -> None:
        code, _, complaint = self._run("set", provider, key.reveal())
        if code:
            raise _failed(complaint)
        if self.get(provider) != key:  # a keyring that is turned off takes everything
            raise StorageError(
                msg("the system keyring keeps nothing"),
                hint=msg("run llmchat auth NAME without --keyring"),
            )

    def remove(self, provider: str) -> None:
        self._run("del", provider)  # it may be gone already, which is what was asked for

    def _run(self, action: str, provider: str, typed: str = "") -> tuple[int, str, str]:
        import subprocess  # 3 ms, only for those who keep their key there

        command = [*self._command, action, SERVICE, provider]
        try:
            done = subprocess.run(
                **start(command, os.environ),
                input=typed,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=self._patience,
            )
        except subprocess.TimeoutExpired:
            raise StorageError(
                msg(
                    "the system keyring did not answer within {patience:g} s",
                    patience=self._patience,
                ),
                hint=msg(
                    "unlock it, or run llmchat auth {provider} without --keyring", provider=provider
                ),
            ) from None
        except OSError as error:
            raise _failed(str(error)) from error
        return done.returncode, done.stdout, done.stderr.strip()


def _failed(complaint: str) -> StorageError:
    """Only the last line of the complaint: the ones before it are a traceback."""
    if NO_SUCH_MODULE in complaint:
        return StorageError(
            msg("the keyring package is not installed"),
            hint=msg("pip install 'llmchat-cli[keyring]'"),
        )
    if NO_BACKEND in complaint:
        return StorageError(
            msg("this system has no keyring that the keyring package can use"),
            hint=msg("run llmchat auth NAME without --keyring"),
        )
    last = complaint.splitlines()[-1] if complaint else msg("no reason given")
    return StorageError(
        msg("the system keyring refused: {last}", last=last),
        hint=msg("run llmchat auth NAME without --keyring"),
    )
