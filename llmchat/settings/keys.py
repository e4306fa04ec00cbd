"""Every setting there is: its name, its kind, its default, and the other names it goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from llmchat.endpoint import EFFORTS

Kind = Literal[
    "text", "secret", "seconds", "limit", "count", "size", "flag", "texts", "table", "texts_by"
]

KIND_NAMES: dict[Kind, str] = {
    "text": "a text",
    "secret": "a text",
    "seconds": "a number of seconds above 0",
    "limit": "a number of seconds, 0 for none",
    "count": "a whole number, 0 or more",
    "size": "a size such as 10MB",
    "flag": "true or false",
    "texts": "a list of texts",
    "table": "a table",
    "texts_by": "a table of texts",
}


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    kind: Kind
    default: Any
    about: str
    choices: tuple[str, ...] = ()
    or_file: bool = False  # a path is taken as well: what has a slash or a dot


THEMES = ("auto", "dark", "light")


def _by_name(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


# Deadlines stand at the top level and in each provider: the nearer one wins.
_DEADLINES = (
    Key("timeout", "limit", 0, "seconds for the whole answer, 0 for no limit"),
    Key("connect_timeout", "seconds", 10, "seconds for a connection"),
    Key("first_token_timeout", "seconds", 60, "seconds until the first token"),
    Key("stall_timeout", "seconds", 30, "seconds of silence inside an answer"),
    Key("content_timeout", "seconds", 120, "seconds of pings without text"),
)

TOP = _by_name(
    Key("provider", "text", "auto", "the service that is asked, or auto"),
    Key("model", "text", "", "MODEL or PROVIDER/MODEL"),
    Key("effort", "text", "", "how much a model thinks before it answers", EFFORTS),
    Key("system", "text", "", "the system message of every conversation"),
    Key("template", "text", "", "the template used without -t"),
    Key("fallback", "texts", (), "providers that auto may move on to, keyless ones included"),
    Key("proxy", "text", "", "URL, or none to go past the environment's"),
    Key("ca_bundle", "text", "", "PEM file or folder with further roots to trust"),
    *_DEADLINES,
    Key("retries", "count", 2, "repetitions before the first token"),
    Key("wait", "flag", True, "wait for another llmchat with the same one-stream key"),
    Key("save", "flag", True, "keep conversations in the history"),
    Key("stream", "flag", True, "ask for the answer piece by piece"),
    Key("usage", "flag", False, "show the tokens used after each answer"),
    Key("reasoning", "flag", True, "show on stderr what a model thinks aloud"),
    Key(
        "show_pictures",
        "text",
        "auto",
        "how a terminal is sent pictures",
        ("auto", "off", "kitty", "iterm", "sixel"),
    ),
    Key("theme", "text", "auto", "colours of the terminal", THEMES, or_file=True),
    Key("color", "text", "auto", "colours at all", ("auto", "always", "never")),
    Key("editing", "text", "emacs", "keys of the session's line", ("emacs", "vi")),
    Key("max_input", "size", 10_000_000, "largest text that is joined to a prompt"),
    Key("large_input", "count", 20_000, "tokens above which a notice is shown, 0 for never"),
    Key("options", "table", {}, "options for every provider"),
    Key("aliases", "texts_by", {}, "short names of models"),
)

PROVIDER = _by_name(
    Key("type", "text", "", "the protocol of a server of your own", ("openai",)),
    Key("base_url", "text", "", "where the service is"),
    Key("auth_url", "text", "", "where GigaChat sells its tokens"),
    Key("api_key", "secret", None, "the key"),
    Key("credentials", "secret", None, "the key, by its GigaChat name"),
    Key("api_key_command", "text", "", "a command that prints the key"),
    Key("scope", "text", "", "GIGACHAT_API_PERS, _B2B or _CORP"),
    Key("access_token", "secret", None, "a token that is sent as it is, and wins over the key"),
    Key("user", "text", "", "a name for GigaChat's older address, in place of a key"),
    Key("password", "secret", None, "the password that goes with user"),
    Key("model", "text", "", "the model asked for at this provider"),
    Key("effort", "text", "", "how much a model of this provider thinks", EFFORTS),
    Key("ca_bundle", "text", "", "PEM file or folder with further roots to trust"),
    Key("client_cert", "text", "", "PEM file with the certificate that is shown to the service"),
    Key("client_key", "text", "", "PEM file with its private key, if that is another file"),
    Key("client_key_password", "secret", None, "the password of the private key"),
    Key("client_key_password_command", "text", "", "a command that prints that password"),
    Key("proxy", "text", "", "URL, or none to go past the environment's"),
    Key("headers", "texts_by", {}, "further headers of each request"),
    Key("options", "table", {}, "options for this provider"),
    *_DEADLINES,
    Key("retries", "count", 2, "repetitions before the first token"),
    Key("wait", "flag", True, "wait for another llmchat with the same one-stream key"),
    Key("allow_http", "flag", False, "http:// to another machine than this one"),
    Key("context", "count", 0, "tokens the model can hold, 0 for unknown"),
    Key("files_keep", "flag", True, "leave uploaded files in the account after the answer"),
    Key("pictures", "text", "asked", "when GigaChat may draw", ("asked", "auto", "off")),
    Key("profanity_check", "flag", None, "GigaChat's check of the language"),
)

PROJECT = ("model", "template", "options")  # never keys, URLs or commands: it comes with a clone

# What other tools already call the same thing; LLMCHAT_<NAME>_<KEY> is nearer than these. The key
# variables of the presets stand in their rows.
FOREIGN: dict[tuple[str, str], tuple[str, ...]] = {
    ("gigachat", "api_key"): ("GIGACHAT_CREDENTIALS", "GIGACHAT_API_KEY"),
    ("gigachat", "scope"): ("GIGACHAT_SCOPE",),
    ("gigachat", "base_url"): ("GIGACHAT_BASE_URL",),
    ("gigachat", "auth_url"): ("GIGACHAT_AUTH_URL",),
    ("gigachat", "ca_bundle"): ("GIGACHAT_CA_BUNDLE_FILE",),
    ("gigachat", "model"): ("GIGACHAT_MODEL",),
    # Their time-out is that of one silence, and so are these two.
    ("gigachat", "first_token_timeout"): ("GIGACHAT_TIMEOUT",),
    ("gigachat", "stall_timeout"): ("GIGACHAT_TIMEOUT",),
    ("gigachat", "retries"): ("GIGACHAT_MAX_RETRIES",),
    ("gigachat", "profanity_check"): ("GIGACHAT_PROFANITY_CHECK",),
    ("gigachat", "access_token"): ("GIGACHAT_ACCESS_TOKEN",),
    ("gigachat", "user"): ("GIGACHAT_USER",),
    ("gigachat", "password"): ("GIGACHAT_PASSWORD",),
    ("gigachat", "client_cert"): ("GIGACHAT_CERT_FILE",),
    ("gigachat", "client_key"): ("GIGACHAT_KEY_FILE",),
    ("gigachat", "client_key_password"): ("GIGACHAT_KEY_FILE_PASSWORD",),
    ("openai", "base_url"): ("OPENAI_BASE_URL",),
}

# A machine's general setting: farther than anything that names llmchat or a provider.
GENERAL_CA = ("SSL_CERT_FILE", "SSL_CERT_DIR")

TABLES = ("table", "texts_by")  # kinds that are joined key by key; the nearer value of a key wins
SHARED = frozenset(PROVIDER).intersection(TOP) - {"model"}  # at the top it holds for all providers
SYNONYMS = {"credentials": "api_key"}

PREFIX = "LLMCHAT_"
TOP_VARIABLES = {name.upper(): name for name in TOP}  # what follows LLMCHAT_
PROVIDER_VARIABLES = {name.upper(): name for name in PROVIDER}  # what follows LLMCHAT_<NAME>_


def variable(key: str, *, provider: str = "") -> str:
    """The environment variable of a setting: LLMCHAT_<KEY> or LLMCHAT_<NAME>_<KEY>."""
    return f"{PREFIX}{stem(provider)}{key}".upper()


def stem(provider: str) -> str:
    """`MY_BOX_` for `my-box`."""
    return re.sub(r"\W", "_", provider).upper() + "_" if provider else ""
