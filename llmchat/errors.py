"""Every error a user can meet, with the exit code a script sees.

LlmchatError                    1  an internal error
├── UsageError                  2  the command line or the prompt
│   ├── NoTerminal                 a person has to be asked, and none is present
│   ├── EmptyPrompt
│   ├── SecretRefused              a secret would go to a keyless service
│   ├── NotSent                    the person said no before it left
│   ├── UnknownModel
│   ├── TooLong                    more than the model's window or a limit
│   └── BadRequest                 the service found our parameters invalid
├── ConfigError                 3  a setting
│   ├── InvalidUrl
│   ├── ScopeError                 the key belongs to another scope
│   └── TooLittleMemory            for a model on this machine
├── ToolServerError             3  a requested tool server did not start
├── StorageError                3  one of llmchat's files
│   └── ModelFileError             a model file is damaged, or not a model file
├── OutputError                 3  stdout cannot be written
├── AuthError                   4  refused
│   └── MissingAuthError           not signed in
├── NetworkError                5  no way to the service
│   ├── DnsError
│   ├── ProxyError
│   └── TlsError
├── Timeout                     6  no connection or no token in time
│   └── NoConnection               the connection was not accepted
├── RateLimited                 7  too many requests
│   ├── QuotaExceeded              no balance, or the tokens are used up
│   └── BudgetExceeded             the person's own daily limit
├── ServiceError                8  the service failed, or its reply was not an answer
│   ├── Unavailable                5xx, maintenance
│   ├── ModelEnded                 the process of a model on this machine ended
│   ├── Blocked                    a ban notice, Cloudflare, a login wall
│   ├── NotAnAnswer                HTML, JSON or garbage where an answer belongs
│   │   └── EmptyAnswer
│   ├── PageTokensMissing          (also a RuntimeError)
│   ├── SchemaMismatch             an answer that is not the JSON that was asked for
│   ├── AllFailed                  every provider that was tried
│   └── SomeFailed                 prompts of a batch
├── Filtered                    9  the service's content filter
├── IncompleteAnswer           10  the stream was cut
│   └── ToolLimit                  the model kept calling tools
├── NothingFound               11
└── Interrupted               130  Ctrl-C; 129 for SIGHUP, 143 for SIGTERM, 141 for a closed pipe

Why in one file: docs/decisions/0171-one-file-for-the-errors.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Literal

from llmchat.language import changed, joined, msg

Repeat = Literal["never", "free", "charged"]
Advises = Literal["", "doctor", "base_url"]


class LlmchatError(Exception):
    """What happened in one line, and in `hint` what to do next.

    `repeat` says whether the same request may be sent again: "free" when it surely was not served,
    "charged" when it may have been (with a notice), "never" otherwise. `advises` says what the hint
    is about, for code that has better advice: running doctor, or checking the service's address.
    """

    kind: ClassVar[str] = "internal"
    exit_code: int = 1
    advice: ClassVar[str] = "set LLMCHAT_DEBUG=1 for details, or run llmchat doctor"
    unsent: bool = False  # of its nature: it comes before anything is sent
    advises: Advises = ""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        advises: Advises = "",
        retry_after: float | None = None,
        request_id: str = "",
        repeat: Repeat = "never",
        status: int | None = None,
        code: int | str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.advises = advises or ("" if hint else self.advises)
        self.hint = hint or (msg(self.advice) if self.advice else "")
        self.retry_after = retry_after
        self.request_id = request_id
        self.repeat = repeat
        self.status = status  # the HTTP status, if a service refused
        self.code = code  # the service's own error code or name

    @property
    def reached_nobody(self) -> bool:
        """Whether the question certainly did not arrive at a service."""
        return self.unsent

    @property
    def in_one_line(self) -> str:
        return msg("{message}; {hint}", message=self.message, hint=self.hint)

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Applies `change` to each of its texts."""
        self.message, self.hint = changed(self.message, change), changed(self.hint, change)
        self.request_id = change(self.request_id)
        self.args = (self.message,)

    def let_go(self) -> None:
        """Clears the tracebacks of the error and its causes, when the run continues after it was
        reported: their frames keep the question and more in memory."""
        import traceback  # 20 ms, which asyncio has spent by then

        error: BaseException | None = self
        while error and error.__traceback__:
            traceback.clear_frames(error.__traceback__)
            error.__traceback__ = None
            error = error.__cause__ or error.__context__


class UsageError(LlmchatError):
    kind = "usage"
    exit_code = 2
    advice = "see llmchat --help"

    @property
    def reached_nobody(self) -> bool:
        return self.status is None and self.kind != "bad_request"  # otherwise a service refused


class NoTerminal(UsageError):
    """A person would have to be asked, but there is no terminal."""


class EmptyPrompt(UsageError):
    kind = "empty_prompt"


class SecretRefused(UsageError):
    kind = "secret_refused"


class NotSent(UsageError):
    kind = "not_sent"


class UnknownModel(UsageError):
    kind = "unknown_model"


class TooLong(UsageError):
    """`window` is the token limit that the service named, 0 if it named none."""

    kind = "too_long"
    window = 0


class BadRequest(UsageError):
    kind = "bad_request"


class ConfigError(LlmchatError):
    """If the error is in a file, `line` is its place, and `problem` the message without the
    place."""

    kind = "config"
    exit_code = 3
    advice = "llmchat config validate lists the mistakes"
    unsent = True
    line = 0
    problem = ""


class InvalidUrl(ConfigError):
    pass


class ScopeError(ConfigError):
    kind = "scope"


class TooLittleMemory(ConfigError):
    kind = "memory"


class ToolServerError(LlmchatError):
    """A tool server that the person named cannot be used."""

    kind = "tool_server"
    exit_code = 3
    advice = "llmchat tools test NAME shows what is wrong"
    unsent = True


class StorageError(LlmchatError):
    kind = "storage"
    exit_code = 3
    advice = "llmchat doctor checks files and permissions"


class ModelFileError(StorageError):
    kind = "model_file"
    unsent = True


class OutputError(LlmchatError):
    kind = "output"
    exit_code = 3
    advice = "check where the output is redirected to"


class AuthError(LlmchatError):
    kind = "auth"
    exit_code = 4
    advice = "llmchat auth status"


class MissingAuthError(AuthError):
    kind = "missing_auth"
    unsent = True


class NetworkError(LlmchatError):
    kind = "network"
    exit_code = 5
    advice = "llmchat doctor finds where the connection fails"
    advises: Advises = "doctor"

    @property
    def reached_nobody(self) -> bool:
        return self.repeat != "charged"


class DnsError(NetworkError):
    kind = "dns"


class ProxyError(NetworkError):
    kind = "proxy"


class TlsError(NetworkError):
    kind = "tls"


class Timeout(LlmchatError):
    kind = "timeout"
    exit_code = 6
    advice = "try again, or allow more time with --timeout"


class NoConnection(Timeout):
    """The service did not accept the connection in time."""

    unsent = True


class RateLimited(LlmchatError):
    kind = "rate_limit"
    exit_code = 7
    advice = "wait a moment, then try again"


class QuotaExceeded(RateLimited):
    kind = "quota"


class BudgetExceeded(RateLimited):
    kind = "budget"
    advice = "wait until tomorrow, or raise the budget"
    unsent = True


class ServiceError(LlmchatError):
    kind = "service"
    exit_code = 8
    advice = "try again later, or use another provider (llmchat models)"


class Unavailable(ServiceError):
    kind = "unavailable"


class ModelEnded(ServiceError):
    kind = "model_ended"
    unsent = True  # nobody else has seen the question


class Blocked(ServiceError):
    kind = "blocked"


class NotAnAnswer(ServiceError):
    kind = "no_answer"


class EmptyAnswer(NotAnAnswer):
    kind = "empty_answer"


class SchemaMismatch(ServiceError):
    """`faults` say what is wrong with the answer; empty if asking again would not help."""

    kind = "schema_mismatch"
    advice = "try again, another model (-m), or a simpler schema"

    def __init__(self, message: str, *, hint: str = "", faults: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


class PageTokensMissing(ServiceError, RuntimeError):
    kind = "page_tokens"


class AllFailed(ServiceError):
    """If all attempts failed in the same way, this error has their exit code; `last` is the kind of
    the last one. `summary` and `attempts` are the parts of the message."""

    kind = "all_failed"

    def __init__(
        self, summary: str, attempts: Sequence[tuple[str, LlmchatError]], *, hint: str = ""
    ) -> None:
        listed = joined("; ", [msg("{name}: {why}", name=n, why=e.message) for n, e in attempts])
        super().__init__(msg("{summary} ({listed})", summary=summary, listed=listed), hint=hint)
        failed = [error for _, error in attempts]
        self.summary = summary
        self.attempts = [(name, error.message) for name, error in attempts]
        self.last = failed[-1].kind
        codes = {error.exit_code for error in failed}
        if len(codes) == 1:
            self.exit_code = codes.pop()
        self.unsent = all(error.reached_nobody for error in failed)

    def rewrite(self, change: Callable[[str], str]) -> None:
        super().rewrite(change)
        self.attempts = [(name, changed(message, change)) for name, message in self.attempts]


class SomeFailed(ServiceError):
    """Prompts of a batch failed; if all failed in the same way, this error has their exit code."""

    kind = "some_failed"

    def __init__(self, message: str, codes: Collection[int], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        if len(codes) == 1:
            (self.exit_code,) = codes


class Filtered(LlmchatError):
    kind = "filter"
    exit_code = 9
    advice = "rephrase your question"


class IncompleteAnswer(LlmchatError):
    kind = "incomplete"
    exit_code = 10
    advice = 'to continue the answer: llmchat ask -c "go on"'


class ToolLimit(IncompleteAnswer):
    """The model asked for more rounds of tool calls than it may have."""

    kind = "tool_limit"
    advice = "allow more with --max-rounds, or continue with llmchat ask -c"

    def __init__(self, message: str, *, model: str = "") -> None:
        super().__init__(message)
        self.model = model  # that answered each round


class NothingFound(LlmchatError):
    kind = "not_found"
    exit_code = 11
    advice = "see llmchat --help"


class Interrupted(LlmchatError):
    """A signal ended the run; the process ends by that signal after everything is saved."""

    kind = "interrupted"
    exit_code = 130
    advice = ""  # the person who pressed the key knows

    def __init__(self, message: str = "interrupted", *, exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # set when the signal arrives


class Stopped(SystemExit):
    """SIGTERM or SIGHUP outside the event loop; not an Exception, so no handler swallows it."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.told = Interrupted(msg("terminated"), exit_code=exit_code)
