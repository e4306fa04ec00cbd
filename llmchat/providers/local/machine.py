"""What a local model needs to know of this machine: folders, memory, and how to start the child."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from llmchat.providers.local.hardware import MachineMemory, of_this_machine
from llmchat.store.paths import Paths, find_paths, home_folder

# `-m` alone would import from the current folder; hence `-P`, as for the keyring.
CHILD = (sys.executable, "-P", "-X", "utf8", "-m", "llmchat.providers.local.child")
LIBRARY = "xllamacpp"
# Variables that the child gets; it does not get API keys.
PASSED_ON = frozenset((
    "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP",
    "TMPDIR", "USERPROFILE", "VIRTUAL_ENV",
))  # fmt: skip
# For GPUs, and for coverage in tests.
PASSED_ON_BY_PREFIX = ("CUDA_", "GGML_", "HIP_", "ROC", "VK_", "COV")


def is_installed() -> bool:
    """Whether the extra is installed; does not import it."""
    return find_spec(LIBRARY) is not None


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine; `models` is the person's own folder for model files, `state` has the notes of
    running ones."""

    models: Path
    state: Path
    cwd: Path
    home: Path | None
    environ: Mapping[str, str]
    memory: Callable[[], MachineMemory] = of_this_machine
    installed: Callable[[], bool] = is_installed
    child: tuple[str, ...] = CHILD

    @property
    def environ_of_child(self) -> dict[str, str]:
        return {
            name: value
            for name, value in self.environ.items()
            if name.upper() in PASSED_ON or name.startswith(PASSED_ON_BY_PREFIX)
        }

    @classmethod
    def of(cls, paths: Paths, environ: Mapping[str, str], cwd: Path) -> Machine:
        return cls(
            models=paths.local_models,
            state=paths.local_state,
            cwd=cwd,
            home=home_folder(environ),
            environ=environ,
        )

    @classmethod
    def here(cls) -> Machine:
        """This machine, for a program that uses the class directly."""
        return cls.of(find_paths(os.environ), os.environ, Path.cwd())
