"""What plugins cost a start: `ask -p demo` without any, and with twenty installed and one enabled.

    python bench/plugins.py [PYTHON] [--runs 41]

The plugins lie in a folder of PYTHONPATH, which is there in both cases; figures are medians of CPU
time, as in startup.py. The limit is 2 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from startup import environment, interleaved, serving  # type: ignore[import-not-found]

INSTALLED = 20
LIMIT = 2.0  # ms


def install(folder: Path, number: int) -> None:
    place = folder / f"llmchat_plugin{number}-1.0.dist-info"
    place.mkdir(parents=True)
    line = f"p{number} = llmchat_plugin{number}:Provider"
    (place / "entry_points.txt").write_text(f"[llmchat.providers]\n{line}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("python", nargs="?", default=sys.executable, help="default: this one")
    parser.add_argument("--runs", type=int, default=41)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving() as url:
        folder = Path(name)
        environ = environment(folder, url) | {"PYTHONPATH": str(folder / "site")}
        for number in range(INSTALLED):
            install(folder / "site", number)
        other = folder / "enabled.toml"
        text = (folder / "config.toml").read_text("utf-8")
        other.write_text(f'plugins = ["llmchat-plugin7"]\n{text}', "utf-8")
        python = str(Path(given.python).absolute())
        ask = (python, "-m", "llmchat", "ask", "-p", "demo", "-n", "hi")
        commands = {
            "none enabled": ask,
            "one enabled": ("/usr/bin/env", f"LLMCHAT_CONFIG={other}", *ask),
            "none, by env": ("/usr/bin/env", f"LLMCHAT_CONFIG={folder / 'config.toml'}", *ask),
        }
        costs = interleaved(commands, environ, folder, runs=given.runs)
    for name, cost in costs.items():
        print(f"{name:16}{cost.cpu:8.1f} ms{cost.modules:6} modules")
    more = costs["one enabled"].cpu - costs["none, by env"].cpu
    mark = "  TOO MUCH" if more > LIMIT else ""
    print(f"{INSTALLED} installed, one enabled: {more:+.1f} ms (limit {LIMIT:g} ms){mark}")


if __name__ == "__main__":
    main()
