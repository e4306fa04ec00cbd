"""`Context`: one run of the program as values (world, settings, report, open resources).

`Context` adds the settings to a `BareContext`; they are resolved once, and the files are not read
again. It is frozen: a run with other settings is a new one, which shares what is open
(`Resources`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from llmchat.app.run.bare_context import BareContext, open_bare
from llmchat.app.run.streams import is_colored, is_terminal
from llmchat.language import msg
from llmchat.privacy.introductions import Introductions
from llmchat.providers import KEY_VARIABLES, KEYLESS, LOCAL, NAMES, kind_of, plug
from llmchat.settings import Settings
from llmchat.settings.keys import THEMES
from llmchat.settings.registry import Registry
from llmchat.settings.values import NO
from llmchat.store.paths import home_folder
from llmchat.system.plugin_output import plugin_output
from llmchat.system.terminals import is_dumb
from llmchat.values.endpoint import ClientCertificate
from llmchat.world import World

if TYPE_CHECKING:
    from llmchat.providers.base import Provider
    from llmchat.render.answer import TerminalAnswer
    from llmchat.render.reasoning import Thoughts
    from llmchat.render.terminal.live import Footer
    from llmchat.render.terminal.screen import Screen
    from llmchat.values.endpoint import Endpoint


REGISTRY = Registry(NAMES, KEYLESS, LOCAL, KEY_VARIABLES)


@dataclass(frozen=True, slots=True)
class Context(BareContext):
    """A run with its settings. `flags` are the command line's settings by name, without those not
    given."""

    settings: Settings
    flags: Mapping[str, object]
    quiet: bool = False

    def with_flags(self, flags: Mapping[str, object]) -> Context:
        """The same run with other flags; shares what is open."""
        return replace(self, flags=dict(flags), settings=self.settings.with_flags(flags))

    def with_provider(self, provider: str, model: str) -> Context:
        """The same run with another provider."""
        return self.with_flags({**self.flags, "provider": provider, "model": model or None})

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of a provider, with its key, wherever that comes from."""
        endpoint = self.settings.endpoint(name)
        command = self.settings.key_command(name)
        if command:
            from llmchat.settings.key_command import run_key_command

            key = run_key_command(command, environ=self.world.environ)
            endpoint = replace(endpoint, api_key=key)
        # The settings take precedence, with their scope.
        elif endpoint.api_key is None and name in self.stored_names:
            kept = self.credentials.get(name)
            if kept:
                scope = endpoint.scope or kept.scope
                endpoint = replace(endpoint, api_key=kept.key, scope=scope, region=kept.region)
        if endpoint.client:
            endpoint = replace(endpoint, client=self.unlocked(name, endpoint.client))
        for secret in endpoint.secrets:
            self.world.conceal(secret)
        return endpoint

    def unlocked(self, name: str, client: ClientCertificate) -> ClientCertificate:
        """The client certificate with the password of its key, if a command prints that."""
        setting = "client_key_password_command"
        command = str(self.settings.of(name, setting).value)
        if client.password or not command:
            return client
        from llmchat.settings.key_command import run_key_command

        password = run_key_command(command, environ=self.world.environ, setting=setting)
        return ClientCertificate(client.certificate, client.key, password)

    def provider(self, name: str) -> Provider:
        """A provider that can be asked."""
        kind = kind_of(name)
        tokens = self.tokens if kind.keeps_tokens else None
        more: dict[str, Any] = {}
        if name == "gigachat":
            tell_of_verification(self)
            if self.settings.enabled("save"):
                more["uploads"] = self.uploads
        if name == "local":
            from llmchat.app.local import open_local  # only for a model on this machine

            return open_local(self, self.endpoint(name), http=self.world.http)
        return kind(self.endpoint(name), name=name, http=self.world.http, tokens=tokens, **more)

    def screen(self, stream: TextIO) -> Screen:
        from llmchat.render.terminal.screen import screen_for

        environ = self.world.environ
        colour = is_colored(stream, environ, self.color)
        return screen_for(stream, environ, colour=colour)

    def live(self, stream: TextIO, *, footer: Footer | None = None) -> TerminalAnswer:
        """A renderer for a terminal."""
        from llmchat.render.answer import TerminalAnswer  # only for a terminal

        return TerminalAnswer(
            self.screen(stream), theme=self.theme, reasoning=self.thoughts, footer=footer
        )

    @property
    def thoughts(self) -> Thoughts | None:
        """The writer of a model's reasoning; None if it is hidden."""
        if self.quiet or not self.settings.enabled("reasoning"):
            return None
        from llmchat.render.reasoning import Thoughts  # only for a question

        obeys = is_terminal(self.world.stderr) and not is_dumb(self.world.environ)
        return Thoughts(self.world.stderr, dim=obeys and self.color != "never")

    @property
    def color(self) -> str:
        return self.settings.text("color")

    @property
    def theme(self) -> str:
        """The theme's name or path; a path in config.toml is relative to that file."""
        setting = self.settings.get("theme")
        if str(setting.value) in THEMES:
            return str(setting.value)
        from llmchat.system.opening import from_home  # only for a theme file

        in_config = setting.origin.source == "config"
        base = self.paths.config_file.parent if in_config else self.world.cwd
        return str(base / from_home(setting.value))

    def rendered(self, markdown: str, stream: TextIO) -> str:
        """Markdown rendered in one go, with the same result."""
        from llmchat.render.terminal.live import render_once  # Rich, markdown-it: 100 ms

        return render_once(markdown, self.screen(stream), self.theme)


def tell_of_verification(context: Context) -> None:
    """Warns once about a setting from Sber's examples that turns verification off, which would let
    anybody in between read the key."""
    switch = "GIGACHAT_VERIFY_SSL_CERTS"
    if context.world.environ.get(switch, "").strip().lower() not in NO:
        return
    introductions = Introductions(context.paths.notices, context.report.warning)
    if introductions.is_new(switch):
        context.report.warning(
            msg(
                "{switch} is ignored: llmchat ships GigaChat's root certificate, and without "
                "verification anyone on the network path could read your key",
                switch=switch,
            )
        )
        introductions.remember(switch)


def load_settings(bare: BareContext, flags: Mapping[str, object]) -> Settings:
    settings = Settings.load(
        bare.world.environ,
        config_file=bare.paths.config_file,
        registry=REGISTRY,
        cwd=bare.world.cwd,
        home=home_folder(bare.world.environ),
        flags=flags,
    )
    plug(settings.registry.plugged if settings.registry.plugins else {})
    return settings


def with_settings(
    bare: BareContext, settings: Settings, flags: Mapping[str, object], *, quiet: bool = False
) -> Context:
    return Context(
        bare.world, bare.paths, bare.report, bare.resources, settings, dict(flags), quiet
    )


def resolved(bare: BareContext, flags: Mapping[str, object], *, quiet: bool = False) -> Context:
    """Adds the settings to a run; raises here, and nowhere later, if they are wrong."""
    settings = load_settings(bare, flags)
    for warning in settings.warnings:
        bare.report.warning(warning)
    if settings.registry.plugins:
        sys.stdout = plugin_output(bare.world.stderr)  # ours writes to the world's
        _tell_of_ignored(bare, settings)
    return with_settings(bare, settings, flags, quiet=quiet)


def _tell_of_ignored(bare: BareContext, settings: Settings) -> None:
    for name, entry in settings.registry.plugged.items():
        if name in NAMES:
            who = msg(
                "plugin {distribution}: its provider {name}",
                distribution=entry.distribution,
                name=name,
            )
            bare.report.warning(
                msg("{who} is ignored, because llmchat already has one of that name", who=who)
            )


def open_context(
    world: World, flags: Mapping[str, object] | None = None, *, quiet: bool = False
) -> Context:
    """Opens a run with its settings; raises ConfigError or UsageError if they are wrong."""
    given = flags or {}
    bare = open_bare(world, color=str(given.get("color", "auto")), quiet=quiet)
    return resolved(bare, given, quiet=quiet)
