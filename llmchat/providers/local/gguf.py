"""Reads the header of a GGUF file: the model's properties and size, and whether the file is
complete.

The file may come from anywhere: every length in it is checked against the size of the file, and at
most `MOST` bytes are read.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from llmchat.language import msg
from llmchat.providers.local import failures
from llmchat.system.opening import NotRegular, is_there, open_regular

MAGIC = b"GGUF"
VERSIONS = (2, 3)
FIRST_LOOK = 1 << 20  # bytes; most properties come before the vocabulary
MOST = 96 << 20  # bytes; the largest vocabularies take 20 MB
MOST_ENTRIES = 1_000_000
LONGEST_KEY = 1 << 16
LONGEST_LIST = 4096  # numbers kept of a list; longer ones such as the vocabulary are skipped
ALIGNMENT = 32

SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
TEXT, LIST = 8, 9
BLOCKS = {  # tensor type: numbers per block, and bytes per block
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})(\.gguf)", re.IGNORECASE)


class EndsEarly(Exception):
    """The bytes end in the middle of a value."""


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What a model's header says; 0 or "" if it does not."""

    architecture: str
    kind: str  # model, mmproj, adapter, ...
    quantisation: str
    context: int
    layers: int
    width: int
    heads: int
    heads_kv: int
    key_length: int
    embeds: bool  # made for embeddings, not for answers

    @property
    def answers(self) -> bool:
        return self.kind in ("", "model") and self.architecture != "clip" and not self.embeds


class TensorPlace(NamedTuple):
    offset: int
    size: int


class HeaderBytes:
    """A position in bytes, which reading moves forward."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self, form: str) -> Any:
        end = self.at + struct.calcsize("<" + form)
        if end > len(self.data):
            raise EndsEarly
        (value,) = struct.unpack_from("<" + form, self.data, self.at)
        self.at = end
        return value

    def skip(self, count: int) -> None:
        if count > len(self.data) - self.at:
            raise EndsEarly
        self.at += count

    def text(self, longest: int = 1 << 62) -> str:
        length = self.number("Q")
        if length > longest:
            raise ValueError("a name that is too long")
        start = self.at
        self.skip(length)
        return self.data[start : self.at].decode("utf-8", "replace")

    def value(self) -> Any:
        return self._value(self.number("I"))

    def _value(self, kind: int) -> Any:
        if kind == TEXT:
            return self.text()
        if kind in SCALARS:
            return self.number(SCALARS[kind])
        if kind != LIST:
            raise ValueError(f"a value of the unknown type {kind}")
        inner, count = self.number("I"), self.number("Q")
        if inner in SCALARS:
            return self._numbers(SCALARS[inner], count)
        if inner != TEXT:
            raise ValueError(f"a list of the unknown type {inner}")
        for _ in range(count):
            self.skip(self.number("Q"))
        return ()

    def _numbers(self, form: str, count: int) -> tuple[Any, ...]:
        start = self.at
        self.skip(count * struct.calcsize("<" + form))
        kept = min(count, LONGEST_LIST)
        return struct.unpack_from(f"<{kept}{form}", self.data, start)


def read_header(path: Path) -> ModelHeader:
    """The model's header. Raises ModelFileError for any other file."""
    return _read(path, whole=False)


def check_file(path: Path) -> ModelHeader:
    """The header, after checking that the file and its other parts are complete."""
    header = _read(path, whole=True)
    for part in parts_of(path)[1:]:
        if not is_there(part):
            raise failures.part_missing(path, part.name)
        _read(part, whole=True)
    return header


def parts_of(path: Path) -> list[Path]:
    """All parts of a split model in order; else the file alone."""
    found = PART.fullmatch(path.name)
    if not found:
        return [path]
    stem, _, count, suffix = found.groups()
    numbers = range(1, min(int(count), 999) + 1)
    return [path.with_name(f"{stem}-{n:05}-of-{count}{suffix}") for n in numbers]


def size_of(path: Path) -> int:
    """The bytes of all parts that exist."""
    return sum(part.stat().st_size for part in parts_of(path) if is_there(part))


def _read(path: Path, *, whole: bool) -> ModelHeader:
    data, size = b"", 0
    for most in (FIRST_LOOK, MOST):
        data, size = _beginning(path, most)
        if data[:4] != MAGIC:
            is_cut = data and MAGIC.startswith(data)
            raise failures.cut_off(path) if is_cut else failures.not_gguf(path)
        try:
            return _header(path, HeaderBytes(data), size, whole=whole)
        except EndsEarly:
            if len(data) == size:
                raise failures.cut_off(path) from None
        except ValueError as error:
            raise failures.damaged(path, str(error)) from None
    raise failures.damaged(path, msg("its header is larger than {most} MB", most=MOST >> 20))


def _beginning(path: Path, most: int) -> tuple[bytes, int]:
    """The first bytes of a file, and its size."""
    try:
        with open_regular(path) as file:
            return file.read(most), os.fstat(file.fileno()).st_size
    except (FileNotFoundError, NotADirectoryError):
        raise failures.no_such_file(path) from None
    except (NotRegular, IsADirectoryError):
        raise failures.not_a_file(path) from None
    except OSError as error:
        raise failures.unreadable_file(path, error.strerror or "unreadable") from error


def _header(path: Path, cursor: HeaderBytes, size: int, *, whole: bool) -> ModelHeader:
    cursor.skip(len(MAGIC))
    version = cursor.number("I")
    if version not in VERSIONS:
        big = version in (2 << 24, 3 << 24)
        what = (
            msg("made for big-endian machines")
            if big
            else msg("version {version}", version=version)
        )
        raise failures.unsupported_version(path, what)
    tensors, entries = cursor.number("Q"), cursor.number("Q")
    if max(tensors, entries) > MOST_ENTRIES:
        raise ValueError("its header counts impossible numbers")
    said: dict[str, Any] = {}
    for key in _keys(cursor, entries):
        if not whole and key.startswith("tokenizer.") and "general.file_type" in said:
            return _of(said)
        said[key] = cursor.value()
    if whole:
        _check_size(path, cursor, said, tensors, size)
    return _of(said)


def _keys(cursor: HeaderBytes, entries: int) -> Iterator[str]:
    for _ in range(entries):
        yield cursor.text(LONGEST_KEY)


def _check_size(
    path: Path, cursor: HeaderBytes, said: Mapping[str, Any], tensors: int, size: int
) -> None:
    found = [_tensor(cursor) for _ in range(tensors)]
    alignment = _count(said.get("general.alignment")) or ALIGNMENT
    start = -(-cursor.at // alignment) * alignment
    if start + max((t.offset + t.size for t in found), default=0) > size:
        raise failures.cut_off(path)


def _tensor(cursor: HeaderBytes) -> TensorPlace:
    cursor.text(LONGEST_KEY)
    dimensions = cursor.number("I")
    if dimensions > 8:
        raise ValueError(f"a tensor of {dimensions} dimensions")
    count = 1
    for _ in range(dimensions):
        count *= cursor.number("Q")
    kind, offset = cursor.number("I"), cursor.number("Q")
    numbers, size = BLOCKS.get(kind, (1, 0))
    return TensorPlace(offset, count // numbers * size)


def _of(said: Mapping[str, Any]) -> ModelHeader:
    architecture = said.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise ValueError("it does not name its architecture")

    def own(name: str) -> int:
        return _count(said.get(f"{architecture}.{name}"))

    kind = said.get("general.type")
    pooled = f"{architecture}.pooling_type" in said
    return ModelHeader(
        architecture=architecture,
        kind=kind if isinstance(kind, str) else "",
        quantisation=_quantisation(said.get("general.file_type")),
        context=own("context_length"),
        layers=own("block_count"),
        width=own("embedding_length"),
        heads=own("attention.head_count"),
        heads_kv=own("attention.head_count_kv") or own("attention.head_count"),
        key_length=own("attention.key_length"),
        embeds=pooled or "bert" in architecture,
    )


def _quantisation(number: object) -> str:
    """The quantisation in the header; a more specific one in the file's name (`UD-Q4_K_XL`) is not
    used."""
    return QUANTISATIONS.get(number, "") if isinstance(number, int) else ""


def _count(value: object) -> int:
    """A number, or the largest of a list with one per layer."""
    if isinstance(value, tuple):
        value = max((v for v in value if isinstance(v, int)), default=0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
