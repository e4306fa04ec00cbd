"""`llmchat auth`: sign in and out. Keys are never read from the command line.

Why: docs/decisions/0057-auth-takes-no-key-as-an-argument.md.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from llmchat.cli import options
from llmchat.cli.migration_hints import for_command
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_table, run_shown
from llmchat.errors import UsageError
from llmchat.language import joined, msg, some
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from llmchat.app.accounts.signin import SignedIn
    from llmchat.app.accounts.status import AccountStatus
    from llmchat.app.run.context import Context

EXAMPLES = (
    "llmchat auth gigachat",
    "pass show gigachat | llmchat auth gigachat --key-stdin",
    'llmchat auth openai --key-command "op read op://private/openai/key"',
    "llmchat auth status",
    "llmchat auth logout gigachat",
    'curl -H "Authorization: Bearer $(llmchat auth token gigachat)" ...',
)
MOST_MODELS = 12  # shown after a sign-in


class ByName(options.ListsByDefault):
    """Makes `llmchat auth gigachat` mean `llmchat auth login gigachat`."""

    usual = "status"
    default_command = "login"
    other_names: ClassVar = {"set": "login", "add": "login", "list": "status"}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        args = [self.other_names.get(args[0], args[0]), *args[1:]] if args else args
        if instead := for_command(["auth", *args]):
            raise UsageError(msg("there is no command auth {args}", args=args[0]), hint=instead)
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [self.default_command, *args]
        return super().resolve_command(ctx, args)


app = options.CommandGroup(
    *EXAMPLES,
    about="Sign in to a service with its key or sign out; without a command, show who is "
    "signed in.",
    kind=ByName,
)

Name = Annotated[str, argument("The provider.", metavar="PROVIDER")]


class KeyFlags(options.Flags):
    """Flags that name where the key is read from; without them the person is asked."""

    key_stdin: bool = flag("--key-stdin", "Read the key from stdin.")
    key_file: Path | None = flag("--key-file FILE", "Read the key from a file.")
    key_command: str | None = flag("--key-command COMMAND", "Read the key from a command's output.")

    def read(self, context: Context) -> str | None:
        """The key from the named source, unchanged; None if the person is to be asked."""
        from llmchat.app.terminal import key_input
        from llmchat.settings.key_command import FLAG, run_key_command
        from llmchat.system.opening import from_home

        if sum((self.key_stdin, self.key_file is not None, self.key_command is not None)) > 1:
            raise UsageError(msg("use only one of --key-stdin, --key-file and --key-command"))
        if self.key_stdin:
            return key_input.from_stdin(context.world.stdin)
        if self.key_file is not None:
            return key_input.from_file(context.world.cwd / from_home(self.key_file))
        if self.key_command is not None:
            environ = context.world.environ
            return run_key_command(self.key_command, environ=environ, setting=FLAG).reveal()
        return None


@app.add(*EXAMPLES, context_settings={"allow_extra_args": True})
@options.with_flags
def login(
    ctx: typer.Context,
    name: Name,
    source: KeyFlags,
    scope: Annotated[
        str | None, flag("--scope SCOPE", "GigaChat's scope (default: try each).")
    ] = None,
    keyring: Annotated[bool, flag("--keyring", "Store the key in the system keyring.")] = False,
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """Sign in: prompt for the key (input hidden), check it and store it."""
    from llmchat.app.accounts import signin
    from llmchat.app.run import signals

    context = options.open_context(ctx, proxy=proxy, color=color)
    if ctx.args:  # Typer's own error would print the key
        raise UsageError(
            msg("keys are not accepted on the command line, where the shell would record them"),
            hint=msg("run llmchat auth PROVIDER to be prompted, or use --key-stdin"),
        )
    signin.check_name(context, name)
    given = source.read(context)
    found = signals.run(
        lambda: _sign_in(context, name, given, scope=_scope(scope), in_keyring=keyring)
    )
    context.print(joined("\n", welcome(found)))
    if other := found.overridden_by:
        context.report.warning(
            msg("{overridden_by} also sets a key, which takes precedence", overridden_by=other)
        )
    if given is None:
        _offer_default(context, name)
    return 0


async def _sign_in(context: Context, name: str, given: str | None, **known: Any) -> SignedIn:
    from llmchat.app.accounts import signin
    from llmchat.app.terminal.sign_in import sign_in_at_terminal

    if given is None:
        trying = signin.try_without_key(context, name)
        found = await context.report.during(
            msg("trying the sign-in with {name}", name=name), trying
        )
        return found or await sign_in_at_terminal(context, name, **known)
    work = signin.sign_in(context, name, given, **known)
    return await context.report.during(msg("trying the key with {name}", name=name), work)


def _offer_default(context: Context, name: str) -> None:
    """After a sign-in at a terminal, offers to make this provider the default, or says how to."""
    from llmchat.app.run import signals
    from llmchat.app.setup import config
    from llmchat.app.terminal.consent import consents
    from llmchat.app.terminal.sign_in import label_of

    default = context.settings.get("provider")
    chosen = str(default.value) == name
    if not chosen and default.origin.source in ("default", "config"):
        question = msg("Make {label_of} the default?", label_of=label_of(name))
        chosen = signals.run(lambda: consents(context, question, default=True))
        if chosen:
            config.put(context, "provider", name)
    flag = "" if chosen else f"-p {name} "
    context.print(msg('Next: llmchat ask {value}"Hello", or llmchat chat', value=flag))


@app.add(
    "llmchat auth status",
    "llmchat auth status gigachat",
    "llmchat auth status --json | jq '.[] | select(.signed_in)'",
)
def status(
    ctx: typer.Context,
    name: Annotated[str | None, argument("Show only this provider.", metavar="[PROVIDER]")] = None,
    json: options.JsonArray = False,
    color: options.Color = None,
) -> int:
    """Show where you are signed in, where each key is stored, and when tokens expire."""
    from llmchat.app.accounts.status import accounts, nobody

    context = options.open_context(ctx, color=color)
    rows = accounts(context, name or "")
    if json:
        print_json(context, [asdict(row) for row in rows])
    elif any(row.signed_in for row in rows):
        print_table(context, table(rows))
    if not any(row.signed_in for row in rows):
        raise nobody([row.provider for row in rows])
    return 0


@app.add(
    "llmchat auth logout gigachat",
    "llmchat auth logout openai",
    "llmchat auth logout zai && llmchat auth zai",
)
def logout(ctx: typer.Context, name: Name, color: options.Color = None) -> int:
    """Sign out: delete the key and its tokens from this computer."""
    from llmchat.app.accounts.signin import sign_out

    context = options.open_context(ctx, color=color)
    elsewhere = sign_out(context, name)
    context.print(msg("Signed out of {name}.", name=name))
    if elsewhere:
        context.report.warning(
            msg("{elsewhere} still sets a key for {name}", elsewhere=elsewhere, name=name)
        )
    return 0


@app.add(
    "llmchat auth token",
    "llmchat auth token gigachat",
    'curl -H "Authorization: Bearer $(llmchat auth token)" https://...',
)
def token(
    ctx: typer.Context,
    name: Annotated[str, argument(metavar="PROVIDER")] = "gigachat",
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """Print an access token that is valid for at least another minute, for scripts."""
    from llmchat.app.accounts.signin import access_token

    context = options.open_context(ctx, proxy=proxy, color=color)
    bought = run_shown(context, msg("getting a token"), lambda: access_token(context, name))
    context.print(bought.secret.reveal())
    return 0


def welcome(found: SignedIn) -> list[str]:
    """The lines shown after signing in."""
    scope = msg(" with the scope {scope}", scope=found.scope) if found.scope else ""
    region = f" ({found.region})" if found.region else ""
    how = ""
    if found.without_key:
        how = msg(" without a key ({without_key})", without_key=found.without_key)
    lines: list[str] = [
        msg(
            "Signed in to {provider}{region}{scope}{how}.",
            provider=found.provider,
            region=region,
            scope=scope,
            how=how,
        )
    ]
    if found.token_seconds is not None:
        minutes = found.token_seconds / 60
        lines.append(
            msg("Token valid for {minutes:.0f} min; renewed automatically.", minutes=minutes)
        )
    if found.models:
        lines.append(msg("Models: {models}", models=some(found.models, most=MOST_MODELS)))
    if found.unchecked:
        why = found.unchecked
        lines.append(msg("The key is stored but could not be checked: {unchecked}", unchecked=why))
    return lines


def table(rows: list[AccountStatus]) -> Table:
    columns = (
        Column("provider", "id"),
        Column("key from"),
        Column("scope", "name"),
        Column("token"),
        Column("fingerprint", "id"),
    )
    cells = [[r.provider, r.origin, r.scope, _token(r), r.fingerprint] for r in rows if r.signed_in]
    return Table(columns, cells)


def _token(account: AccountStatus) -> str:
    if account.token_seconds is None:
        return msg("requested when needed") if account.scope else ""
    return msg("{token_seconds:.0f} min left", token_seconds=account.token_seconds / 60)


def _scope(text: str | None) -> str:
    """The full name of a scope: `b2b` becomes `GIGACHAT_API_B2B`."""
    short = (text or "").strip().upper()
    return f"GIGACHAT_API_{short}" if short in ("PERS", "B2B", "CORP") else (text or "").strip()
