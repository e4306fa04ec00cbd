"""`python -m dev.completion`: writes every file that is generated from the command line."""

from __future__ import annotations

from pathlib import Path

from dev.completion.generate import generate

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    for name, text in generate().items():
        place = ROOT / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, "utf-8", newline="\n")
        print(name)
