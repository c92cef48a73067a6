"""The folders of an attempt in its container.

    /gitflow/work       the working copy, where the process starts
    /gitflow/given      its input and script; read-only
    /gitflow/output     ``$GITFLOW_OUTPUT`` and ``$GITFLOW_OUTPUTS``
    /gitflow/artifacts  ``$GITFLOW_ARTIFACTS``
    /gitflow/needs      ``$GITFLOW_NEEDS``; read-only
    /gitflow/files, /gitflow/workflows  the files of the revision, for a ``script``; read-only

The process may be any user of the container. So the folders are open to everyone, inside a folder of this machine
that only this user can enter.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.language.containers import ROOT
from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.runners.base import StepContext


class Mount(Record):
    source: str  #: a path of this machine
    target: str  #: a path in the container
    is_read_only: bool


def lay_out(context: StepContext) -> StepContext:
    """The context with the folders for a container, which are created. Raises OSError."""
    scratch = os.path.join(context.scratch, "output")
    private = os.path.join(context.private or context.scratch, "given")
    for folder in (scratch, private):
        os.mkdir(folder, 0o700)
    laid_out = replace(
        context,
        workdir=os.path.realpath(context.workdir),
        files=os.path.realpath(context.files),
        workflows=os.path.realpath(context.workflows),
        scratch=os.path.realpath(scratch),
        private=os.path.realpath(private),
        artifacts=os.path.realpath(context.artifacts),
        needs=os.path.realpath(context.needs),
    )
    return replace(laid_out, inside={mount.source: mount.target for mount in mounts_of(laid_out)})


def mounts_of(context: StepContext) -> Iterator[Mount]:
    """A folder that lies in another one comes first."""
    yield Mount(context.private, f"{ROOT}/given", True)
    yield Mount(context.scratch, f"{ROOT}/output", False)
    yield Mount(context.artifacts, f"{ROOT}/artifacts", False)
    yield Mount(context.needs, f"{ROOT}/needs", True)
    yield Mount(context.workdir, f"{ROOT}/work", context.workdir == context.files)
    if context.fields.get("script"):
        if context.workdir != context.files:
            yield Mount(context.files, f"{ROOT}/files", True)
        yield Mount(context.workflows, f"{ROOT}/workflows", True)


def open_to_all(context: StepContext) -> None:
    """Call it once the files are written. Raises OSError."""
    os.chmod(context.private, 0o755)
    for name in os.listdir(context.private):
        os.chmod(os.path.join(context.private, name), 0o644)
    for folder in (context.scratch, os.path.join(context.scratch, "outputs"), context.artifacts):
        os.chmod(folder, 0o777)
    if context.workdir != context.files:
        os.chmod(context.workdir, 0o777)
    os.chmod(context.needs, 0o755)
