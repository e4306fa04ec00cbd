"""This machine as a local model sees it: folders, memory, and the interpreter of the child."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from llmchat.providers.local.hardware import MachineMemory, of_this_machine
from llmchat.store.paths import Paths, find_paths, home_folder

# `-m` alone would import from the folder one stands in: `-P`, as for the keyring.
CHILD = (sys.executable, "-P", "-X", "utf8", "-m", "llmchat.providers.local.child")
LIBRARY = "xllamacpp"
# What the child is given of the environment; keys of services are not in it.
PASSED_ON = frozenset((
    "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP",
    "TMPDIR", "USERPROFILE", "VIRTUAL_ENV",
))  # fmt: skip
PASSED_ON_BY_PREFIX = ("CUDA_", "GGML_", "HIP_", "ROC", "VK_", "COV")  # GPUs; what measures tests


def is_installed() -> bool:
    """Whether the extra is there; nothing of it is loaded."""
    return find_spec(LIBRARY) is not None


@dataclass(frozen=True, slots=True)
class Machine:
    """`models` is the person's own folder for model files, `state` where running ones are noted."""

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
        """For a program that only imports the class."""
        return cls.of(find_paths(os.environ), os.environ, Path.cwd())
