"""Rewords Typer's usage errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llmchat.cli import migration_hints
from llmchat.errors import UsageError
from llmchat.language import joined, msg
from llmchat.language.nearest import nearest, suggestion
from llmchat.values.secret import may_be_key

NUMBERS = {"float": msg("a number"), "int": msg("a whole number"), "integer": msg("a whole number")}


def usage_error(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    """The usage error for one of Typer's, chosen by its class, because its text is Typer's own."""
    if make := KINDS.get(type(error).__name__):
        return make(error, name, argv)
    if getattr(error, "ctx", None) and _commands(error):
        return _unknown_command(error, name, argv)
    return UsageError(msg("too many arguments"), hint=_see(error, name))


def _option_usage(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    option = error.option_name
    has_one = any(word.startswith(f"{option}=") for word in argv)
    problem = msg("{option} needs a value", option=option)
    if has_one:
        problem = msg("{option} does not take a value", option=option)
    return UsageError(problem, hint=_see(error, name))


def _missing(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    choices = getattr(error.param.type, "choices", ())
    pieces = error.ctx.command.collect_usage_pieces(error.ctx)
    usage = [error.ctx.command_path, *(p.strip("{}") for p in pieces if p != "[OPTIONS]")]
    hint = " ".join(usage)
    if choices:
        hint = msg("choose from: {choices}", choices=joined(", ", choices))
    return UsageError(msg("missing {label}", label=_label(error.param, argv)), hint=hint)


def _bad_value(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    kind = _kind(error.param.type)
    given = _given(error.param.opts, argv)
    label, see = _label(error.param, argv), _see(error, name)
    if not kind:
        problem = msg("{label} is not valid: {said}", label=label, said=error.message)
    elif given and not may_be_key(given):
        problem = msg("{label} must be {kind}, not {given!r}", label=label, kind=kind, given=given)
    else:
        problem = msg("{label} must be {kind}", label=label, kind=kind)
    return UsageError(problem, hint=see)


def _kind(of: Any) -> str:
    """What a value of this type is called; "" if only Typer can say."""
    if choices := getattr(of, "choices", ()):
        return msg("one of {choices}", choices=joined(", ", choices))
    number = NUMBERS.get(str(getattr(of, "name", "")).removesuffix(" range"), "")
    least, most = getattr(of, "min", None), getattr(of, "max", None)
    if number and least is not None and most is not None:
        return msg("{number} from {least} to {most}", number=number, least=least, most=most)
    if number and least is not None:
        return msg("{number} from {least}", number=number, least=least)
    return number


def _given(opts: Sequence[str], argv: Sequence[str]) -> str:
    """The value that was given for one of these flags."""
    for word, after in zip(argv, [*argv[1:], ""], strict=True):
        flag, equals, value = word.partition("=")
        if flag in opts:
            return value if equals else after
    return ""


def _label(param: Any, argv: Sequence[str]) -> str:
    """A parameter's name as it was typed, if it was."""
    flags = [flag for flag in param.opts if flag.startswith("-")]
    typed = [flag for flag in flags if any(w.partition("=")[0] == flag for w in argv)]
    return (typed or flags)[-1] if flags else str(param.metavar or param.name.upper()).strip("[].")


def _unknown_command(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    word = argv[0] if argv else ""
    shown = "" if may_be_key(word) else f" {word}"
    problem, path = msg("there is no command {name}{shown}", name=name, shown=shown), _path(error)
    if instead := migration_hints.for_command([name, *argv]):
        return UsageError(problem, hint=instead)
    if near := nearest(word, _commands(error)):
        meant = msg("did you mean {command_path} {near}?", command_path=path, near=near[0])
        return UsageError(problem, hint=meant)
    return UsageError(problem, hint=_see(error, name))


def _unknown_flag(error: Any, name: str, argv: Sequence[str]) -> UsageError:
    option = error.option_name
    text = next((w for w in argv if w.startswith(option) and any(c.isspace() for c in w)), "")
    if text:
        shown = text if len(text) < 30 else text[:27] + "..."
        return UsageError(
            msg("{shown!r} begins with a dash and was read as a flag", shown=shown),
            hint=msg('llmchat {name} -- "{shown}"', name=name, shown=shown),
        )
    hint = migration_hints.for_flag(option, argv)
    if not hint:
        meant = suggestion(option, _flags(error)) if option.startswith("--") else ""
        hint = joined(" ", filter(None, [meant, _see(error, name)]))
    return UsageError(msg("there is no option {option}", option=option), hint=hint)


def _commands(error: Any) -> Mapping[str, Any]:
    return getattr(error.ctx.command, "commands", {})


def _flags(error: Any) -> list[str]:
    params = error.ctx.command.params if error.ctx else ()
    return [flag for param in params for flag in param.opts if flag.startswith("--")]


def _see(error: Any, name: str) -> str:
    return msg("{path} --help", path=_path(error) or msg("llmchat {name}", name=name))


def _path(error: Any) -> str:
    """The command's path as it was typed."""
    return error.ctx.command_path if getattr(error, "ctx", None) else ""


KINDS: Mapping[str, Callable[[Any, str, Sequence[str]], UsageError]] = {
    "NoSuchOption": _unknown_flag,
    "BadOptionUsage": _option_usage,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
}
