"""A title for a conversation, from the model that answered it, if `titles = "model"` is set."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing, suppress

from llmchat.app.ask.candidates import open_answerer
from llmchat.app.ask.third_party import ThirdPartyPolicy
from llmchat.app.run.context import Context
from llmchat.app.terminal.consent import refuses
from llmchat.errors import LlmchatError
from llmchat.store.history.naming import title_of
from llmchat.values.events import Delta, Usage
from llmchat.values.messages import Message, Request

WISH = (
    "Give the conversation below a title of at most six words, in the language of the question."
    " Reply with the title alone."
)
READ = 2000  # characters of the question and of the answer that are sent
LONGEST = 300  # characters; a longer reply is not a title
PATIENCE = 60.0  # seconds
_MARKS = " \t#*_`\"'«»“”„.:"
_LABEL = re.compile(r"^(?:title|заголовок|название)\s*:\s*", re.IGNORECASE)


async def asked_title(context: Context, question: str, answer: str) -> tuple[str, Usage]:
    """The title that the provider of `context` suggests ("" if none), and the tokens used. The
    person is never asked: if the policy or a budget would ask, nothing is sent."""
    text = f"{WISH}\n\nQuestion:\n{question[:READ]}\n\nAnswer:\n{answer[:READ]}"
    request = Request(context.settings.target().model, (Message("user", text),), aside=True)
    policy = ThirdPartyPolicy(context, allow_secrets=False, consent=refuses)
    said, usage = "", Usage()
    with suppress(LlmchatError, TimeoutError):
        answerer = open_answerer(context, admit=policy, consent=refuses)
        try:
            async with asyncio.timeout(PATIENCE), aclosing(answerer.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Usage):
                        usage = event
                    elif isinstance(event, Delta):
                        said += event.text
                    if len(said) > LONGEST:
                        return "", usage
        finally:
            await answerer.aclose()
        return title_in(said), usage
    return "", usage


def title_in(said: str) -> str:
    """The line of a reply that is the title, without the marks that models put around it."""
    line = next((line for line in said.splitlines() if line.strip(_MARKS)), "")
    return title_of(_LABEL.sub("", line.strip(_MARKS)).strip(_MARKS))
