"""GGUF headers: what is read of them, and each way in which a file is not one."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from llmchat.errors import LlmchatError, ModelFileError
from llmchat.providers.local.gguf import check_file, parts_of, read_header, size_of
from tests.servers.gguf import MODEL, gguf, write_model

WHOLE = gguf()
BIG = WHOLE[:4] + struct.pack(">I", 3) + WHOLE[8:]
MANY = WHOLE[:16] + struct.pack("<Q", 1 << 60) + WHOLE[24:]
LONG = WHOLE[:24] + struct.pack("<Q", 1 << 62) + WHOLE[32:]
TYPE = WHOLE[:52] + struct.pack("<I", 77) + WHOLE[56:]  # of the first value
NAMELESS = gguf({**MODEL, "general.architecture": ""})
FOREIGN = {
    "text": (b"I am a letter, not a model.\n", "not a GGUF file"),
    "nothing": (b"", "not a GGUF file"),
    "a page": (b"<!DOCTYPE html><html>404</html>", "not a GGUF file"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "not a GGUF file"),
    "an older format": (b"ggjt\3\0\0\0" + bytes(64), "not a GGUF file"),
    "four bytes": (WHOLE[:4], "incomplete"),
    "half a header": (WHOLE[:100], "incomplete"),
    "half its weights": (WHOLE[:-100], "incomplete"),
    "version 9": (gguf(version=9), "unsupported format: version 9"),
    "big-endian": (BIG, "big-endian"),
    "impossible counts": (MANY, "damaged: its header counts impossible numbers"),
    "an endless name": (LONG, "damaged"),
    "an unknown type": (TYPE, "damaged"),
    "no architecture": (NAMELESS, "damaged: it does not name its architecture"),
}


def test_a_header_says_what_the_model_is(tmp_path: Path) -> None:
    header = read_header(write_model(tmp_path / "m.gguf"))
    assert (header.architecture, header.quantisation, header.context) == ("llama", "Q4_K_M", 32768)
    assert (header.layers, header.heads, header.heads_kv, header.width) == (2, 4, 2, 64)
    assert header.answers


def test_a_layers_own_numbers_count_by_the_greatest(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", llama__attention__head_count_kv=[1, 8, 4])
    assert read_header(path).heads_kv == 8


@pytest.mark.parametrize(
    "changed",
    [{"general__type": "mmproj"}, {"general__architecture": "clip"}, {"llama__pooling_type": 1}],
)
def test_what_only_sees_or_embeds_does_not_answer(changed: dict[str, int], tmp_path: Path) -> None:
    assert not read_header(write_model(tmp_path / "m.gguf", **changed)).answers


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_cannot_be_a_model_says_why(name: str, tmp_path: Path) -> None:
    content, why = FOREIGN[name]
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        check_file(path)
    assert why in caught.value.message
    assert caught.value.exit_code == 3
    assert caught.value.reached_nobody


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 7))
def test_cut_anywhere_a_file_is_refused(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(WHOLE[:cut])
    with pytest.raises(ModelFileError):
        check_file(path)


def test_a_pipe_a_folder_and_nothing_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "loop.gguf").symlink_to(tmp_path / "loop.gguf")
    for name, code in (("pipe", 3), ("folder", 3), ("loop", 3), ("missing", 2)):
        with pytest.raises(LlmchatError) as caught:
            check_file(tmp_path / f"{name}.gguf")
        assert caught.value.exit_code == code


def test_all_parts_of_a_split_model_count(tmp_path: Path) -> None:
    first = write_model(tmp_path / "m-00001-of-00002.gguf")
    with pytest.raises(ModelFileError, match=r"m-00002-of-00002\.gguf is missing"):
        check_file(first)
    second = write_model(tmp_path / "m-00002-of-00002.gguf")
    assert parts_of(first) == [first, second]
    assert check_file(first).architecture == "llama"
    assert size_of(first) == first.stat().st_size + second.stat().st_size


def test_a_long_vocabulary_is_passed_over_when_only_the_model_is_described(tmp_path: Path) -> None:
    """The listing reads a megabyte of each file, not its vocabulary."""
    path = write_model(tmp_path / "m.gguf", tokenizer__ggml__tokens=["word" * 20] * 20_000)
    path.write_bytes(path.read_bytes()[: 1 << 20])  # cut in the vocabulary
    assert read_header(path).context == 32768
    with pytest.raises(ModelFileError, match="cut off"):
        check_file(path)
