"""Makes the workload of an attempt, with the same command and variables as a container on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.actions.registry import prepare
from gitflow.core.errors import InvalidInput
from gitflow.core.language.containers import wrong_form
from gitflow.core.matching.globs import glob
from gitflow.core.patterns import pattern
from gitflow.core.record import Record
from gitflow.dispatch.kubernetes.manifests import MAX_SECRET_BYTES, ROOT, Workload, secret_size
from gitflow.runners.base import Process
from gitflow.runtime.worker.step_dirs import StepPaths, step_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json
    from gitflow.runners.base import Assignment, StepContext
    from gitflow.workspaces.checkouts import Checkout

#: The names of variables that a pod can take from a Secret.
_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_.-]*")
_USER = pattern(r"[0-9]+(?::[0-9]+)?")
#: Fields of an action that refer to one machine, so that a pod cannot have them.
_ONLY_HERE = ("mounts", "pids")
#: Folder in which the files of an attempt are prepared here -> the same folder in the pod.
_PLACES = {
    "given": f"{ROOT}/given",
    "output": f"{ROOT}/output",
    "artifacts": f"{ROOT}/artifacts",
    "needs": f"{ROOT}/needs",
}


class Limits(Record):
    """What this server allows steps to use; see ``worker.container``."""

    images: tuple[str, ...] | None = None  #: globs; None: all
    host_network: bool = False


def context_of(given: Assignment, checkout: Checkout, folder: str) -> StepContext:
    """The attempt with its folders, which are created below ``folder``. Raises OSError."""
    places = {name: os.path.join(folder, name) for name in (*_PLACES, "work")}
    for path in places.values():
        os.mkdir(path, 0o700)
    files, workflows = os.path.realpath(checkout.files), os.path.realpath(checkout.workflows)
    has_copy = given.checkout != "none"
    inside = {places[name]: target for name, target in _PLACES.items()}
    inside |= {files: f"{ROOT}/{'work' if has_copy else 'files'}", workflows: f"{ROOT}/workflows"}
    if not has_copy:
        inside[places["work"]] = f"{ROOT}/work"
    paths = StepPaths(
        workdir=files if has_copy else places["work"],
        files=files,
        workflows=workflows,
        scratch=places["output"],
        private=places["given"],
        artifacts=places["artifacts"],
        needs=places["needs"],
    )
    return step_context(given, paths, ROOT, inside=inside)


def workload_of(context: StepContext, token: str, limits: Limits, *, has_needs: bool) -> Workload:
    """``has_needs``: earlier steps left artifacts.

    Raises InvalidInput, OSError and GitflowError for an attempt that cannot run in a pod.
    """
    _check_fields(context, limits)
    process = prepare(context)
    if not isinstance(process, Process):
        raise InvalidInput(f"actions of type {context.action.type!r} run in no pod")
    _check_words(context, process)
    workload = _workload(context, process, token, has_needs=has_needs)
    if secret_size(workload) > MAX_SECRET_BYTES:
        raise InvalidInput(
            "its input, variables and script are larger than 1 MiB, which is the most that a pod can get"
        )
    return workload


def _workload(context: StepContext, process: Process, token: str, *, has_needs: bool) -> Workload:
    command, arguments = (None, process.argv) if process.is_for_image else (process.argv[:1], process.argv[1:])
    fields = context.fields
    return Workload(
        key=(context.job_id, context.step, context.attempt),
        token=token,
        image=str(fields["image"]),
        command=command,
        arguments=tuple(arguments),
        workdir=process.cwd,
        env=dict(process.env),
        files=_files_in(context.private),
        folders=_folders(context),
        needs=has_needs,
        pull=str(fields.get("pull") or "missing"),
        user=_text(fields.get("user")),
        memory=_text(fields.get("memory")),
        cpus=_text(fields.get("cpus")),
        platform=_text(fields.get("platform")),
        host_network=fields.get("network") == "host",
        timeout_s=context.timeout_s,
        grace_s=context.grace_s,
    )


def _check_fields(context: StepContext, limits: Limits) -> None:
    fields = context.fields
    image = str(fields.get("image") or "")
    if not image:
        raise InvalidInput("a pod needs an `image`")
    for name in ("image", "memory", "platform"):
        if fields.get(name) is not None and (problem := wrong_form(name, str(fields[name]))):
            raise InvalidInput(f"`{name}`: {problem}")
    if limits.images is not None and not any(glob(each)(image) for each in limits.images):
        listed = ", ".join(limits.images) or "none"
        raise InvalidInput(f"this server does not run the image {image!r}; `worker.container.images` allows {listed}")
    for name in _ONLY_HERE:
        if fields.get(name):
            raise InvalidInput(
                f"`{name}` cannot be used in a pod; the cluster's own means are in the server's template"
            )
    if fields.get("user") is not None and _USER.fullmatch(str(fields["user"])) is None:
        raise InvalidInput(f"`user`: a pod needs numbers, such as 1000 or 1000:1000, not {fields['user']!r}")
    network = fields.get("network") or "default"
    if network not in ("default", "host"):
        raise InvalidInput(f"`network: {network}` cannot be used in a pod; there are default and host")
    if network == "host" and not limits.host_network:
        raise InvalidInput(
            "this server allows no `network: host`; `worker.container.host_network: true` would allow it"
        )


def _check_words(context: StepContext, process: Process) -> None:
    """Refuses a secret in the words of a command, because everyone who may read pods can see them. Raises
    InvalidInput."""
    for number, word in enumerate(process.argv):
        if any(secret in word for secret in context.masks):
            raise InvalidInput(
                f"word {number + 1} of the container's command contains a secret, which everyone who may read the pods "
                "of the cluster could see; pass it in `env`, and use the variable in the script"
            )
    for name in process.env:
        if _VARIABLE.fullmatch(name) is None:
            raise InvalidInput(f"{name!r} is not a name that an environment variable of a container can have")


def _files_in(folder: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape", newline="") as file:
            found[name] = file.read()
    return found


def _folders(context: StepContext) -> Mapping[str, str]:
    """Folder of the revision's archive -> where the attempt expects it."""
    assert context.inside is not None
    folders: dict[str, str] = {}
    if context.workdir == context.files or context.fields.get("script"):
        folders["files"] = context.inside[context.files]
    if context.fields.get("script"):
        folders["workflows"] = context.inside[context.workflows]
    return folders


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
