"""One run of the program: what it needs, made when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from llmchat.app.streams import is_colored, is_terminal, open_stdout, unwritable
from llmchat.endpoint import ClientCertificate
from llmchat.providers import KEYLESS, NAMES, load
from llmchat.render.report import Report
from llmchat.secret import Secret
from llmchat.settings import Settings, run_key_command
from llmchat.settings.values import NO
from llmchat.store.paths import Paths, find_paths, home_folder
from llmchat.world import World

if TYPE_CHECKING:
    from llmchat.endpoint import Endpoint
    from llmchat.providers.base import Provider
    from llmchat.render.terminal.live import Live
    from llmchat.render.terminal.screen import Screen
    from llmchat.render.terminal.theme import Theme
    from llmchat.store.health import Health
    from llmchat.store.history.history import History
    from llmchat.store.private.credentials import Credential, Credentials
    from llmchat.store.private.tokens import FileTokens


class Context:
    """`flags` are the command line's settings by name; what was not given is not there."""

    def __init__(
        self, world: World, flags: Mapping[str, object] | None = None, *, quiet: bool = False
    ) -> None:
        self.world = world
        self.flags = dict(flags or {})
        self._quiet = quiet
        self._revealed: list[Secret] = []

    def with_flags(self, flags: Mapping[str, object]) -> Context:
        """The same run, but told otherwise; what it knows of secrets goes along."""
        other = Context(self.world, flags, quiet=self._quiet)
        other._revealed = self._revealed
        return other

    def with_flags_added(self, **flags: object) -> Context:
        """The same run with further flags; what is open stays open."""
        other = self.with_flags({**self.flags, **flags})
        for name in ("report", "history"):
            if name in self.__dict__:
                setattr(other, name, self.__dict__[name])
        return other

    @cached_property
    def report(self) -> Report:
        """stderr; it works before the settings do, for it has to tell when they do not."""
        stream, environ = self.world.stderr, self.world.environ
        return Report(
            stream,
            tty=is_terminal(stream) and environ.get("TERM") != "dumb",
            color=is_colored(stream, environ, str(self.flags.get("color", "auto"))),
            quiet=self._quiet,
            secrets=self.secrets,
            debug=environ if environ.get("LLMCHAT_DEBUG") else None,
        )

    @cached_property
    def paths(self) -> Paths:
        return find_paths(self.world.environ)

    @cached_property
    def settings(self) -> Settings:
        settings = Settings.load(
            self.world.environ,
            config_file=self.paths.config_file,
            known=NAMES,
            keyless=KEYLESS,
            cwd=self.world.cwd,
            home=home_folder(self.world.environ),
            flags=self.flags,
        )
        for warning in settings.warnings:
            self.report.warning(warning)
        return settings

    @cached_property
    def credentials(self) -> Credentials:
        from llmchat.store.private.credentials import Credentials  # hashlib, fcntl, json: 3 ms

        return Credentials(self.paths.credentials, self.report.warning)

    @cached_property
    def history(self) -> History:
        from llmchat.store.history.history import History  # sqlite3: 4 ms

        history = History.open(
            self.paths.history_db, clock=self.world.clock.now, tell=self.report.warning
        )
        self.world.endings.append(history.close)  # else its -wal file stays behind
        return history

    @cached_property
    def health(self) -> Health:
        from llmchat.store.health import Health  # json: 2 ms

        return Health(self.paths.health)

    @cached_property
    def stored_names(self) -> tuple[str, ...]:
        """Providers somebody signed in to; nothing is loaded where nobody did."""
        return self.credentials.names() if self.paths.credentials.exists() else ()

    def print(self, text: str) -> None:
        """One text and its newline on stdout, for commands that are no answers."""
        stdout = open_stdout(self.world.stdout)
        try:
            stdout.write(text + "\n")
            stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(error) from error

    def endpoint(self, name: str) -> Endpoint:
        """How a provider is reached, its key included, wherever that comes from."""
        from dataclasses import replace

        credential = self._stored(name)
        endpoint = self.settings.endpoint(
            name, stored_key=lambda _: credential.key if credential else None
        )
        command = self.settings.key_command(name)
        if endpoint.api_key is None and command:
            key = run_key_command(command, environ=self.world.environ)
            endpoint = replace(endpoint, api_key=key)
        if credential and not endpoint.scope:
            endpoint = replace(endpoint, scope=credential.scope)
        endpoint = replace(endpoint, client=self.unlocked(name, endpoint.client))
        client = endpoint.client.password if endpoint.client else None
        for secret in (endpoint.api_key, endpoint.access_token, endpoint.password, client):
            if secret:
                self.conceal(secret)
        return endpoint

    def unlocked(self, name: str, client: ClientCertificate | None) -> ClientCertificate | None:
        """With the password of its key, where a command prints that."""
        setting = "client_key_password_command"
        command = str(self.settings.of(name, setting).value)
        if client is None or client.password or not command:
            return client
        password = run_key_command(command, environ=self.world.environ, setting=setting)
        return ClientCertificate(client.certificate, client.key, password)

    def provider(self, name: str) -> Provider:
        """A provider, ready to be asked."""
        kind = load(name if name in NAMES else "openai")
        tokens = self.tokens if kind.keeps_tokens else None
        if name == "gigachat":
            self._tell_of_verification()
        return kind(self.endpoint(name), name=name, http=self.world.http, tokens=tokens)

    def _tell_of_verification(self) -> None:
        """Once: a switch of Sber's samples, which would let anybody in between read the key."""
        switch = "GIGACHAT_VERIFY_SSL_CERTS"
        if self.world.environ.get(switch, "").strip().lower() not in NO:
            return
        from llmchat.privacy import Introductions

        told = Introductions(self.paths.notices)
        if told.is_new(switch):
            self.report.warning(
                f"{switch} is not obeyed: the certificate of GigaChat's authority comes with "
                "llmchat, and without verification anybody on the way could read your key"
            )
            told.remember(switch)

    @cached_property
    def tokens(self) -> FileTokens:
        """Where access tokens are kept; the certificate that their service needs lies beside."""
        from llmchat.store.private.certificate import keep_copy
        from llmchat.store.private.tokens import FileTokens

        keep_copy(self.paths.certificate, self.report.warning)
        return FileTokens(self.paths.tokens, self.world.clock.now, self.report.warning)

    def screen(self, stream: TextIO) -> Screen:
        from llmchat.render.terminal.screen import screen_for

        environ = self.world.environ
        colour = is_colored(stream, environ, self.settings.text("color"))
        return screen_for(stream, environ, colour=colour)

    def live(self, stream: TextIO) -> Live:
        """The renderer for a terminal."""
        from llmchat.render.terminal.live import Live  # markdown-it and pygments: 60 ms

        return Live(self.screen(stream), theme=self.theme, reasoning=self.thoughts)

    @property
    def thoughts(self) -> TextIO | None:
        """Where a model may think aloud."""
        shown = self.settings.enabled("reasoning") and not self._quiet
        return self.world.stderr if shown else None

    @property
    def theme(self) -> Theme:
        chosen: Theme = self.settings.get("theme").value
        return chosen

    def rendered(self, markdown: str, stream: TextIO) -> str:
        """The same picture at once."""
        from llmchat.render.terminal.live import look_of, render_once

        screen = self.screen(stream)
        width, _ = screen.size()
        return render_once(markdown, width, look_of(screen, self.theme))

    def conceal(self, secret: Secret) -> None:
        """From now on it is masked on stderr."""
        self._revealed.append(secret)

    def secrets(self) -> Iterable[Secret]:
        """Everything that must not be seen on stderr."""
        tokens: FileTokens | None = self.__dict__.get("tokens")  # only if somebody needed it
        return (*self._revealed, *(tokens.revealed if tokens else ()))

    def _stored(self, name: str) -> Credential | None:
        """What somebody signed in with; a key in the settings wins over it, scope and all."""
        if self.settings.key_origin(name) or name not in self.stored_names:
            return None
        return self.credentials.get(name)
