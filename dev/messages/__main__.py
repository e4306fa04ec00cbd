"""`python -m dev.messages update|check|compile`."""

from __future__ import annotations

import sys

from dev.messages import __doc__ as ABOUT
from dev.messages import catalogues
from dev.messages.extract import entries


def main(argv: list[str]) -> int:
    if argv == ["compile"]:
        catalogues.compile_all()
        return 0
    if argv == ["update"]:
        found = entries()
        for language in catalogues.languages():
            catalogues.write(language, catalogues.update(language, found))
        return main(["compile"])
    if argv == ["check"]:
        found = entries()
        faults = [
            fault
            for language in catalogues.languages()
            for fault in catalogues.problems(language, found)
        ]
        sys.stdout.write("".join([f"{fault}\n" for fault in faults]))
        return bool(faults)
    sys.stderr.write(ABOUT or "")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
