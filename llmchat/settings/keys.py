"""The table of all settings: name, type, default, help text and alternative variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from llmchat.values.endpoint import EFFORTS

Kind = Literal[
    "text",
    "secret",
    "seconds",
    "limit",
    "off_or_seconds",
    "count",
    "size",
    "flag",
    "texts",
    "table",
    "texts_by",
    "budget",
]

KIND_NAMES: dict[Kind, str] = {
    "text": "a string",
    "secret": "a string",
    "seconds": "a positive number of seconds",
    "limit": "a number of seconds (0 for none)",
    "off_or_seconds": "off, or a number of seconds",
    "count": "a non-negative integer",
    "size": "a size such as 10MB",
    "flag": "true or false",
    "texts": "a list of strings",
    "table": "a table",
    "texts_by": "a table of strings",
    "budget": "an amount of money or tokens per day, such as 100 RUB/day or 200000 tokens/day",
}


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    kind: Kind
    default: Any
    about: str
    choices: tuple[str, ...] = ()
    or_file: bool = False  # also accepts a path, which contains a slash or a dot


KEYLESS = ("yqcloud", "chatglm", "chatgptt")  # in the order of how likely they still work
THEMES = ("auto", "dark", "light")


# These can be set at the top level and for each provider, which takes precedence.
_PATIENCE = (
    Key("timeout", "limit", 0, "limit for the whole answer, in seconds (0: none)"),
    Key("connect_timeout", "seconds", 10, "seconds to connect"),
    Key("first_token_timeout", "seconds", 60, "seconds to wait for the first token"),
    Key("stall_timeout", "seconds", 30, "give up after this many seconds without data"),
    Key("content_timeout", "seconds", 120, "give up after this many seconds with keep-alives only"),
    Key("retries", "count", 2, "retries before the first token"),
    Key("wait", "flag", True, "wait while another llmchat is using the same single-stream key"),
)

_TOP = (
    Key("provider", "text", "auto", "the provider to ask, or auto"),
    Key("model", "text", "", "MODEL or PROVIDER/MODEL"),
    Key("effort", "text", "", "how much the model reasons before it answers", EFFORTS),
    Key("system", "text", "", "system message for new conversations"),
    Key("template", "text", "", "default template, used without -t"),
    Key("fallback", "texts", (), "providers auto may fall back to, including keyless ones"),
    Key("keyless", "texts", KEYLESS, "keyless services that auto may ask"),
    Key("find_local", "flag", True, "let auto look for a local server or a model file"),
    Key("proxy", "text", "", "proxy URL, or none to ignore the environment's"),
    Key("ca_bundle", "text", "", "PEM file or folder of additional trusted root certificates"),
    *_PATIENCE,
    Key("save", "flag", True, "save conversations to the history"),
    Key("stream", "flag", True, "stream the answer as it is written"),
    Key("usage", "flag", False, "show token usage after each answer"),
    Key("reasoning", "flag", True, "show the model's reasoning on stderr"),
    Key(
        "show_pictures",
        "text",
        "auto",
        "how to show pictures on a terminal",
        ("auto", "off", "kitty", "iterm", "sixel"),
    ),
    Key("theme", "text", "auto", "colour theme", THEMES, or_file=True),
    Key("color", "text", "auto", "when to use colour", ("auto", "always", "never")),
    Key("language", "text", "auto", "language of messages: auto, en, ru or zh"),
    Key("editing", "text", "emacs", "key bindings of the session", ("emacs", "vi")),
    Key("keys", "texts_by", {}, "key bindings of the session, by action"),
    Key(
        "bell",
        "off_or_seconds",
        "off",
        "ring after an answer that took at least this many seconds, or off",
    ),
    Key("max_input", "size", 10_000_000, "largest text to add to a prompt"),
    Key("large_input", "count", 20_000, "warn above this many prompt tokens (0: never)"),
    Key("titles", "text", "words", "titles by your words or by the model", ("words", "model")),
    Key("budget", "budget", "", "money or tokens per day, such as 100 RUB/day"),
    Key(
        "compact",
        "text",
        "auto",
        "summarize earlier turns when the context window is nearly full",
        ("auto", "ask", "off"),
    ),
    Key(
        "compact_model",
        "text",
        "",
        "model that makes these summaries (default: the one that answers)",
    ),
    Key(
        "instructions",
        "text",
        "ask",
        "whether to send the instructions in the project's AGENTS.md and LLMCHAT.md",
        ("ask", "on", "off"),
    ),
    Key("options", "table", {}, "options for every provider"),
    Key("aliases", "texts_by", {}, "short names for models"),
    Key("plugins", "texts", (), "installed plugins that are enabled"),
)
TOP = {key.name: key for key in _TOP}

_PROVIDER = (
    Key("type", "text", "", "protocol of your own server", ("openai",)),
    Key("base_url", "text", "", "address of the service"),
    Key("auth_url", "text", "", "GigaChat's token endpoint"),
    Key("api_key", "secret", None, "API key"),
    Key("credentials", "secret", None, "GigaChat's name for api_key"),
    Key("api_key_command", "text", "", "command that prints the key"),
    Key("scope", "text", "", "GIGACHAT_API_PERS, _B2B or _CORP"),
    Key("access_token", "secret", None, "ready access token, used instead of the key"),
    Key("user", "text", "", "user name for GigaChat's older address, instead of a key"),
    Key("password", "secret", None, "password for that user"),
    Key("model", "text", "", "default model of this provider"),
    Key("effort", "text", "", "how much this provider's models reason", EFFORTS),
    Key("ca_bundle", "text", "", "PEM file or folder of additional trusted root certificates"),
    Key("client_cert", "text", "", "PEM file with the client certificate"),
    Key("client_key", "text", "", "PEM file with its private key, if separate"),
    Key("client_key_password", "secret", None, "password of the private key"),
    Key("client_key_password_command", "text", "", "command that prints that password"),
    Key("proxy", "text", "", "proxy URL, or none to ignore the environment's"),
    Key("headers", "texts_by", {}, "additional request headers"),
    Key("options", "table", {}, "options for this provider"),
    Key("budget", "budget", "", "money or tokens per day for this provider"),
    *_PATIENCE,
    Key("allow_http", "flag", False, "allow http:// to other machines"),
    Key("context", "count", 0, "context window in tokens (0: unknown)"),
    Key("keep_alive", "limit", 300, "seconds for which local keeps a model loaded (0: not at all)"),
    Key("threads", "count", 0, "processor threads of local (0: automatic)"),
    Key("gpu_layers", "count", None, "layers of a model that local puts on the GPU"),
    Key("files_keep", "flag", True, "keep uploaded files in the account after the answer"),
    Key("pictures", "text", "asked", "when GigaChat may draw pictures", ("asked", "auto", "off")),
    Key("profanity_check", "flag", None, "GigaChat's profanity filter"),
)
PROVIDER = {key.name: key for key in _PROVIDER}

PROJECT_TEXT = "instructions"  # of a project: a text that is sent only with the person's consent
# Never keys, URLs or commands, because the file comes with a clone.
PROJECT = ("model", "template", "options")

# Options that contain the question, choose who answers and how, or send it elsewhere; a project may
# not set them. Variants of their spelling count too (`carries_question`).
QUESTION = frozenset(
    (
        "model", "models", "messages", "message", "prompt", "input", "inputs", "contents",
        "content", "text", "query", "question", "system", "system_prompt", "system_instruction",
        "systeminstruction", "developer", "instructions", "context", "documents", "files",
        "audio", "attachments", "prediction", "prefix", "suffix", "echo", "chat_template",
        "template", "add_generation_prompt", "continue_final_message", "tools", "tool_choice",
        "tool_resources", "functions", "function_call", "function_ranker", "stream",
        "stream_options", "user", "n", "best_of", "conversation", "conversation_id", "session_id",
        "thread_id", "assistant_id", "previous_response_id", "store", "metadata",
        # Choose who answers: OpenRouter and litellm accept these in a request.
        "provider", "plugins", "preset", "route", "transforms", "fallbacks",
        "context_window_fallbacks", "model_list", "mock_response", "custom_llm_provider",
        "litellm_params", "extra_body", "api_base", "api_key", "base_url", "url", "headers",
        "proxy", "deployment", "deployment_id", "engine", "extra_headers", "extra_query",
        # Send something besides the text, or send it elsewhere.
        "image", "images", "image_data", "image_url", "video", "videos", "input_audio", "file_id",
        "file_ids", "history", "chat_history", "mcp_servers", "web_search", "web_search_options",
        "enable_search", "search_options", "search_parameters", "data_sources", "retrieval",
        "callback", "callbacks", "callback_url", "success_callback", "failure_callback",
        "webhook", "webhook_url", "agent", "agent_id", "assistant", "container",
    )
)  # fmt: skip

# Names of variables that other tools use for the same settings; LLMCHAT_<NAME>_<KEY> takes
# precedence. The key variables of presets are in their rows.
FOREIGN: dict[tuple[str, str], tuple[str, ...]] = {
    ("gigachat", "api_key"): ("GIGACHAT_CREDENTIALS", "GIGACHAT_API_KEY"),
    ("gigachat", "scope"): ("GIGACHAT_SCOPE",),
    ("gigachat", "base_url"): ("GIGACHAT_BASE_URL",),
    ("gigachat", "auth_url"): ("GIGACHAT_AUTH_URL",),
    ("gigachat", "ca_bundle"): ("GIGACHAT_CA_BUNDLE_FILE",),
    ("gigachat", "model"): ("GIGACHAT_MODEL",),
    # Their time-out limits each silence, like these two.
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

# System-wide settings; everything for llmchat or a provider takes precedence.
CERTIFICATE_FILES = ("ca_bundle", "client_cert", "client_key")
GENERAL_CA = ("SSL_CERT_FILE", "SSL_CERT_DIR")

TABLES = ("table", "texts_by")  # kinds that are merged key by key
# At the top level these apply to all providers; others have a separate meaning there.
SHARED = frozenset(PROVIDER).intersection(TOP) - {"model", "budget"}
SYNONYMS = {"credentials": "api_key"}

PREFIX = "LLMCHAT_"


def carries_question(option: str, value: object) -> bool:
    """Whether an option is one of QUESTION. Services may accept spellings like `Messages` and
    `system-prompt`, and arguments of chat templates in vLLM or llama.cpp may be another template or
    other messages."""
    from unicodedata import normalize  # only for options in a project's file

    plain = "".join(filter(str.isalnum, normalize("NFKC", option).casefold()))
    if plain in {name.replace("_", "") for name in QUESTION}:
        return True
    given = value.items() if plain.endswith("kwargs") and isinstance(value, Mapping) else ()
    return any(carries_question(name, own) for name, own in given)


TOP_VARIABLES = {"LANG": "language", **{name.upper(): name for name in TOP}}  # after LLMCHAT_
PROVIDER_VARIABLES = {name.upper(): name for name in PROVIDER}  # what follows LLMCHAT_<NAME>_


def variable(key: str, *, provider: str = "") -> str:
    """The environment variable of a setting: LLMCHAT_<KEY> or LLMCHAT_<NAME>_<KEY>."""
    return f"{PREFIX}{stem(provider)}{key}".upper()


def stem(provider: str) -> str:
    """The provider's part of a variable: `MY_BOX_` for `my-box`."""
    return re.sub(r"\W", "_", provider).upper() + "_" if provider else ""
