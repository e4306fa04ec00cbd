"""Writes small GGUF files, valid and broken."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

Value = str | int | bool | list[str] | list[int]
MODEL: Mapping[str, Value] = {
    "general.architecture": "llama",
    "general.type": "model",
    "general.file_type": 15,
    "llama.context_length": 32768,
    "llama.embedding_length": 64,
    "llama.block_count": 2,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
}


def gguf(values: Mapping[str, Value] = MODEL, *, tensor: int = 64, version: int = 3) -> bytes:
    """A file with one tensor of so many numbers."""
    entries = b"".join(_text(key) + _value(value) for key, value in values.items())
    tensors = _text("weight") + struct.pack("<IQIQ", 1, tensor, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(values)) + entries + tensors
    return head + b"\0" * (-len(head) % 32) + b"\0" * (4 * tensor)


def write_model(path: Path, **changed: Value) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {name.replace("__", "."): value for name, value in changed.items()}
    values = {**MODEL, **named}
    values["tokenizer.ggml.tokens"] = values.pop("tokenizer.ggml.tokens")  # the last, as usual
    path.write_bytes(gguf(values))
    return path


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    kind = 8 if value and isinstance(value[0], str) else 4
    said = [_text(v) if isinstance(v, str) else struct.pack("<I", v) for v in value]
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(said)
