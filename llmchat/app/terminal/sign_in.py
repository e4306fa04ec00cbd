"""Signs in at the terminal: shows where to create a key, prompts for it, and allows further
attempts."""

from __future__ import annotations

from llmchat.app.accounts import signin
from llmchat.app.run.context import Context
from llmchat.app.terminal import key_input
from llmchat.errors import AuthError, NoTerminal, UsageError
from llmchat.language import msg

TIMES = 3  # attempts to type a key


async def sign_in_at_terminal(
    context: Context, name: str, *, scope: str = "", in_keyring: bool = False
) -> signin.SignedIn:
    """Prompts for the key and signs in, asking again if the key is wrong."""
    if page := key_page(name):
        context.report.notice(
            msg("create a key for {label_of} at {page}", label_of=label_of(name), page=page)
        )
    for left in reversed(range(TIMES)):
        try:
            typed = await typed_key(context, name)
            work = signin.sign_in(context, name, typed, scope=scope, in_keyring=in_keyring)
            return await context.report.during(msg("trying the key with {name}", name=name), work)
        except (AuthError, UsageError) as error:
            if not left or isinstance(error, NoTerminal):
                raise
            context.report.error(error)
    raise AssertionError("the last time returns or raises")


async def typed_key(context: Context, name: str) -> str:
    """The key that the person types or pastes."""
    what = msg("authorization key") if name == "gigachat" else msg("API key")
    return await key_input.hidden(
        context,
        msg("{label_of} {what} (input hidden): ", label_of=label_of(name), what=what),
        instead=msg(
            "llmchat auth {name} --key-stdin < FILE, or --key-file, or --key-command", name=name
        ),
    )


def key_page(name: str) -> str:
    """The page where a key is created; "" if unknown."""
    from llmchat.providers.gigachat.hosts import CABINET
    from llmchat.providers.presets import PRESETS

    if name == signin.GIGACHAT:
        return CABINET
    return PRESETS[name].key_page if name in PRESETS else ""


def label_of(name: str) -> str:
    """The provider's name for people; a server of the person's own has only its setting's name."""
    from llmchat.providers import all_names, load
    from llmchat.providers.presets import PRESETS

    if name in PRESETS:
        return PRESETS[name].label
    return load(name).label if name in all_names() else name
