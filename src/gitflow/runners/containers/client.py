"""The command line of podman or docker: which program it is, and the words of each command.

``run --rm`` is never used: some clients then answer 0 for a container that fails. A container is created, started
and inspected, which gives its exit code, and removed.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.runners.container_settings import ContainerSettings

#: The programs that are looked for, in this order.
PROGRAMS = ("podman", "docker")
#: What marks a container: the attempt, for those who look at it, and its token, by which it is found and removed.
TOKEN_LABEL, JOB_LABEL, STEP_LABEL, ATTEMPT_LABEL = "gitflow.run", "gitflow.job", "gitflow.step", "gitflow.attempt"
#: The programs that podman can run as the first process of a container, and where it looks for its own.
_INITS = ("catatonit", "tini")
_INIT_FOLDERS = ("/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/libexec/podman", "/usr/lib/podman")
_ADVICE = "install one, on Debian or Ubuntu with: sudo apt-get install podman"


class NoClient(GitflowError):
    """This machine has no program that runs containers."""

    code = "not_available"


class Client(Record):
    program: str  #: its path
    is_podman: bool
    has_init: bool  #: whether it can run a small init as the first process of a container
    is_privileged: bool  #: whether this process is root

    def create(self, name: str, options: Sequence[str], image: str, arguments: Sequence[str]) -> tuple[str, ...]:
        """The image is on this machine already, so nothing is pulled."""
        own = ("--name", name, "--log-driver", "none", "--pull", "never")
        podmans = ("--http-proxy=false",) if self.is_podman else ()
        return (self.program, "create", *own, *podmans, *options, image, *arguments)

    def start(self, name: str) -> tuple[str, ...]:
        """Starts the container, and hands its output on until it ends."""
        return (self.program, "start", "--attach", *(("--sig-proxy=false",) if self.is_podman else ()), name)

    def kill(self, name: str, signal: str) -> tuple[str, ...]:
        return (self.program, "kill", "--signal", signal, name)

    def inspect(self, name: str) -> tuple[str, ...]:
        """Prints a list: the state of the container, and the user in its configuration."""
        form = "[{{json .State}}, {{json .Config.User}}]"
        return (self.program, "inspect", "--type", "container", "--format", form, name)

    def remove(self, *names: str) -> tuple[str, ...]:
        """Kills what runs at once."""
        return (self.program, "rm", "--force", *(("--time", "0") if self.is_podman else ()), *names)

    def pull(self, image: str, platform: str | None) -> tuple[str, ...]:
        return (self.program, "pull", *(("--platform", platform) if platform else ()), image)

    def find_image(self, image: str) -> tuple[str, ...]:
        """Fails if the image is not on this machine."""
        return (self.program, "image", "inspect", "--format", "{{.Id}}", image)

    def find_marked(self, token: str) -> tuple[str, ...]:
        """Prints the ids of the containers with this token."""
        return (self.program, "ps", "--all", "--quiet", "--filter", f"label={TOKEN_LABEL}={token}")

    def own(self, folders: Sequence[str]) -> tuple[str, ...]:
        """Makes files of other users of a rootless podman's containers this user's own."""
        return (self.program, "unshare", "chown", "-R", "0:0", "--", *folders)


def find_client(settings: ContainerSettings, reason: str = "") -> Client:
    """Raises NoClient, with the ``reason`` for which one is wanted."""
    if settings.command:
        program = shutil.which(settings.command)
        if program is None:
            raise NoClient(
                f"{reason}`worker.container.command` names {settings.command!r}, which is not in PATH; {_ADVICE}"
            )
        return client_of(program)
    for name in PROGRAMS:
        program = shutil.which(name)
        if program is not None:
            return client_of(program)
    raise NoClient(f"{reason}this machine runs no containers: neither podman nor docker is in PATH; {_ADVICE}")


def client_of(program: str) -> Client:
    is_podman = "podman" in os.path.basename(os.path.realpath(program))
    return Client(program, is_podman, not is_podman or _has_init(), os.geteuid() == 0)


def _has_init() -> bool:
    places = os.pathsep.join((*_INIT_FOLDERS, os.environ.get("PATH", "")))
    return any(shutil.which(name, path=places) for name in _INITS)


def environment(values: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of the program: that of this process without gitflow's own variables, and the values."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GITFLOW_")}
    return {**own, **(values or {})}
