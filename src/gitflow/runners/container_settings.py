"""The settings of a machine for containers, and what workflows may ask of it."""

from __future__ import annotations

from gitflow.core.record import Record

#: How long an image may take to be pulled, in seconds.
PULL_TIMEOUT_S = 600.0


class ContainerSettings(Record):
    """The defaults allow everything: the caller of ``gitflow run`` can run containers without gitflow, too."""

    state_dir: str
    command: str = ""  #: the program, by name or path; empty: podman, or else docker
    images: tuple[str, ...] | None = None  #: globs of images that may run; None: all
    mounts: tuple[str, ...] | None = None  #: folders that may be mounted, with what is below them; None: all
    host_network: bool = True  #: whether ``network: host`` is allowed
