"""A run without its settings: world, report, paths and open resources.

This is enough for commands that repair the settings or only read the history, so that they need not
load the settings and the providers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from llmchat.app.run.streams import is_colored, is_terminal, open_stdout, unwritable
from llmchat.language import translated
from llmchat.render.stderr.report import Report
from llmchat.store.paths import Paths, find_paths
from llmchat.system.terminals import is_dumb
from llmchat.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from llmchat.app.run.budget_answers import BudgetAnswers
    from llmchat.store.history.history import History
    from llmchat.store.private.access_tokens import FileTokens
    from llmchat.store.private.credentials import Credentials
    from llmchat.store.state.health import Health
    from llmchat.store.state.uploads import Uploads
    from llmchat.system.entry_points import EntryPoint


class Resources:
    """What a run opens when it is first needed, and only once."""

    def __init__(self, world: World, paths: Paths, report: Report) -> None:
        self._world = world
        self._paths = paths
        self._report = report

    @cached_property
    def credentials(self) -> Credentials:
        from llmchat.store.private.credentials import Credentials  # hashlib, fcntl, json: 3 ms

        return Credentials(self._paths.credentials, self._report.warning)

    @cached_property
    def history(self) -> History:
        from llmchat.store.history.history import History  # sqlite3: 4 ms

        history = History(
            self._paths.history_db,
            clock=self._world.clock.now,
            tell=self._report.warning,
            show_work=self._report.work,
        )
        self._world.endings.append(history.close)  # otherwise its -wal file is left behind
        return history

    @cached_property
    def health(self) -> Health:
        from llmchat.store.state.health import Health  # json: 2 ms

        return Health(self._paths.health, self._report.warning)

    @cached_property
    def uploads(self) -> Uploads:
        from llmchat.store.state.uploads import Uploads  # only for a service that takes files

        return Uploads(self._paths.uploads, self._world.clock.now, self._report.warning)

    @cached_property
    def stored_names(self) -> tuple[str, ...]:
        """Providers that the person signed in to; without any, no other module is loaded."""
        return self.credentials.names() if os.path.lexists(self._paths.credentials) else ()

    def forget_stored_names(self) -> None:
        """Called after signing in or out, so that the rest of the run sees it."""
        self.__dict__.pop("stored_names", None)

    @cached_property
    def plugins(self) -> tuple[EntryPoint, ...]:
        """What the enabled plugins provide; none if the settings are broken."""
        from llmchat.errors import ConfigError
        from llmchat.settings.registry import enabled_plugins
        from llmchat.settings.toml.document import read_document

        try:
            document = read_document(self._paths.config_file)
        except ConfigError:
            return ()
        return enabled_plugins(self._world.environ, document.table if document else {})

    @cached_property
    def running_servers(self) -> tuple[str, ...]:
        """Presets of local servers that respond at their usual addresses."""
        from llmchat.providers.presets import PRESETS
        from llmchat.transport.local_servers import answering  # http.client: 10 ms

        local = {name: row.base_url for name, row in PRESETS.items() if row.access == "local"}
        return tuple(answering(local))

    @cached_property
    def budget_answers(self) -> BudgetAnswers:
        """What the person answered about budgets in this run."""
        from llmchat.app.run.budget_answers import BudgetAnswers  # only with a budget

        return BudgetAnswers()

    @cached_property
    def tokens(self) -> FileTokens:
        """The store of access tokens; the copy of the certificate is in the same folder."""
        from llmchat.store.private.access_tokens import FileTokens
        from llmchat.store.private.certificate import keep_copy

        keep_copy(self._paths.certificate, self._report.warning)
        world = self._world
        return FileTokens(
            self._paths.tokens, world.clock.now, self._report.warning, conceal=world.conceal
        )


@dataclass(frozen=True, slots=True)
class BareContext:
    """A run that has not read the settings, so it works even if they are broken."""

    world: World
    paths: Paths
    report: Report  # stderr; it must be able to report mistakes in the settings
    resources: Resources

    @property
    def credentials(self) -> Credentials:
        return self.resources.credentials

    @property
    def history(self) -> History:
        return self.resources.history

    @property
    def health(self) -> Health:
        return self.resources.health

    @property
    def uploads(self) -> Uploads:
        return self.resources.uploads

    @property
    def stored_names(self) -> tuple[str, ...]:
        return self.resources.stored_names

    @property
    def tokens(self) -> FileTokens:
        return self.resources.tokens

    @property
    def color(self) -> str:
        return "auto"

    @property
    def theme(self) -> str:
        return "auto"

    def print(self, text: str) -> None:
        """Prints a text and a newline on stdout, for commands whose output is not an answer:
        translated and cleaned on a terminal, exact English for a program."""
        stdout = open_stdout(self.world.stdout)
        if is_terminal(stdout):
            from llmchat.render.clean import clean  # not needed for a pipe

            text = clean(translated(text))
        try:
            try:
                stdout.write(text + "\n")
                stdout.flush()
            except UnicodeEncodeError:  # a lone surrogate, from a service's JSON or a variable
                from llmchat.render.plain import write_whole  # rarely needed for a pipe

                write_whole(stdout, text + "\n", tty=is_terminal(stdout))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(error) from error

    def is_secret(self, path: Path) -> bool:
        """Whether a file is one of llmchat's own secret ones, which are never sent."""
        from llmchat.store.secrecy import is_secret  # only if files are named

        return is_secret(path, self.paths)


def open_report(world: World, *, color: str = "auto", quiet: bool = False) -> Report:
    """The report, which writes all of a run's stderr."""
    stream, environ = world.stderr, world.environ
    return Report(
        stream,
        tty=is_terminal(stream) and not is_dumb(environ),
        color=is_colored(stream, environ, color),
        quiet=quiet,
        secrets=lambda: world.secrets,
        environ=environ,
    )


def open_bare(world: World, *, color: str = "auto", quiet: bool = False) -> BareContext:
    """A run without its settings."""
    report, paths = open_report(world, color=color, quiet=quiet), find_paths(world.environ)
    return BareContext(world, paths, report, Resources(world, paths, report))
