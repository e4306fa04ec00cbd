"""The texts of a folder: what is read, what is left out, and the report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmchat.errors import TooLong, UsageError
from llmchat.inputs.folder import read_folder

BIG = 1_000_000


def make(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def names(folder: Path, name: str = "p") -> list[str]:
    return [label for label, _ in read_folder(folder, name, limit=BIG).texts]


def test_texts_come_in_the_order_of_names_files_before_folders(tmp_path: Path) -> None:
    make(tmp_path, {"b.py": "1", "a/z.py": "2", "a.txt": "3", ".github/ci.yml": "4"})
    assert names(tmp_path) == ["p/a.txt", "p/b.py", "p/.github/ci.yml", "p/a/z.py"]
    assert names(tmp_path, ".") == ["a.txt", "b.py", ".github/ci.yml", "a/z.py"]


def test_what_nobody_means_is_left_out_and_counted(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "keep.py": "1",
            ".git/config": "x",
            "node_modules/m/index.js": "x",
            "myenv/pyvenv.cfg": "x",
            "picture.png": b"\x89PNG\0\0",
            "noise.bin": b"\x01\x02\x03",
            "empty": "",
            ".env": "KEY=1",
            ".env.local": "KEY=1",
            ".env.example": "KEY=",
            "server.pem": "x",
            "id_ed25519": "x",
        },
    )
    (tmp_path / "link").symlink_to(tmp_path / "keep.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = read_folder(tmp_path, "p", limit=BIG)
    assert [label for label, _ in found.texts] == ["p/.env.example", "p/keep.py"]
    assert found.report == (
        "p: 2 files, 8 bytes (left out: 2 binary, 1 empty, 3 ignored, 2 links, 4 private)"
    )


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("*.log\n", ["a.py", "build/x.py", "sub/build/y.py", "sub/c d.py"]),
        ("build\n", ["a.log", "a.py", "sub/b.log", "sub/c d.py"]),
        ("/build/\n", ["a.log", "a.py", "sub/b.log", "sub/c d.py", "sub/build/y.py"]),
        ("*.log\n!b.log\n", ["a.py", "build/x.py", "sub/b.log", "sub/build/y.py", "sub/c d.py"]),
        ("sub/*.log\n", ["a.log", "a.py", "build/x.py", "sub/build/y.py", "sub/c d.py"]),
        ("**/build/y.*\n", ["a.log", "a.py", "build/x.py", "sub/b.log", "sub/c d.py"]),
        ("sub/**\n", ["a.log", "a.py", "build/x.py"]),
        ("# *.py\n\n[ab].log\n?.py\n", ["sub/c d.py"]),
        ("c d.py   \n[!a].log\n", ["a.log", "a.py", "build/x.py", "sub/build/y.py"]),
        (
            "\\#x\n[z-a]\n/\n!\n",
            ["a.log", "a.py", "build/x.py", "sub/b.log", "sub/build/y.py", "sub/c d.py"],
        ),
    ],
)
def test_a_gitignore_is_honoured(tmp_path: Path, rules: str, kept: list[str]) -> None:
    make(
        tmp_path,
        {"a.log": "1", "a.py": "1", "build/x.py": "1", "sub/b.log": "1", "sub/c d.py": "1"},
    )
    make(tmp_path, {"sub/build/y.py": "1", ".gitignore": rules})
    found = names(tmp_path, ".")
    expected = {*kept, ".gitignore"} - (
        {"build/x.py", "sub/build/y.py"} if "?.py" in rules else set()
    )
    assert set(found) == expected


def test_the_rules_of_folders_above_and_below_count_too(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            ".git/config": "",
            ".gitignore": "*.log\n",
            "sub/.gitignore": "!keep.log\nown.txt\n",
            "sub/a.log": "1",
            "sub/keep.log": "1",
            "sub/own.txt": "1",
            "sub/deep/own.txt": "1",
            "sub/deep/a.py": "1",
        },
    )
    assert names(tmp_path / "sub", "s") == ["s/.gitignore", "s/keep.log", "s/deep/a.py"]


def test_more_than_the_limit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    make(tmp_path, {"a": "x" * 60, "b": "x" * 60})
    with pytest.raises(TooLong, match="p exceeds 100 bytes after 1 file") as caught:
        read_folder(tmp_path, "p", limit=100)
    assert "--max-input" in caught.value.hint


def test_a_folder_without_texts_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, {"a.png": b"\x89\0"})
    with pytest.raises(UsageError, match=r"no text files in p \(left out: 1 binary\)"):
        read_folder(tmp_path, "p", limit=BIG)


def test_windows_texts_in_a_folder_are_read(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": "Привет".encode("utf-16"), "b.txt": "Привет".encode("cp1251")})
    assert [text for _, text in read_folder(tmp_path, "p", limit=BIG).texts] == ["Привет"] * 2


def test_a_home_folder_by_mistake_is_not_read_to_its_end(tmp_path: Path) -> None:
    make(tmp_path, {f"{n}/{n}": "x" for n in range(10)})
    with pytest.raises(TooLong, match="contains more than 15 files"):
        read_folder(tmp_path, "p", limit=BIG, most=15)


def test_pipes_and_what_cannot_be_opened_are_counted(tmp_path: Path) -> None:
    make(tmp_path, {"a": "x"})
    os.mkfifo(tmp_path / "pipe")
    found = read_folder(tmp_path, "p", limit=BIG)
    assert found.report == "p: 1 file, 1 byte (left out: 1 special)"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_counted(tmp_path: Path) -> None:
    make(tmp_path, {"a": "x", "b": "x", "c/d": "x"})
    (tmp_path / "b").chmod(0)
    (tmp_path / "c").chmod(0)
    found = read_folder(tmp_path, "p", limit=BIG)
    (tmp_path / "c").chmod(0o700)
    assert found.report == "p: 1 file, 1 byte (left out: 2 unreadable)"


def test_a_rule_that_would_never_end_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, {".gitignore": "*a" * 40 + "b\n", "a" * 200: "x"})
    assert names(tmp_path) == ["p/.gitignore", "p/" + "a" * 200]
