"""The options of a container, from the fields of its action, held against what this machine allows."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.language.containers import is_below, wrong_form, wrong_mount
from gitflow.core.matching.globs import glob
from gitflow.core.patterns import pattern
from gitflow.core.values import is_list, is_object
from gitflow.runners.containers.client import ATTEMPT_LABEL, JOB_LABEL, STEP_LABEL, TOKEN_LABEL
from gitflow.runners.containers.layout import Mount, mounts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.values import Json
    from gitflow.runners.base import StepContext
    from gitflow.runners.container_settings import ContainerSettings
    from gitflow.runners.containers.client import Client

_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: Variables that the command line and its libraries read themselves, and beginnings of such names.
_OWN = frozenset({"PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "SHELL", "NOTIFY_SOCKET", "IFS", "ENV", "BASH_ENV"})
_OWN_BEGINNINGS = (
    "_", "LD_", "GLIBC_", "MALLOC_", "GO", "CGO_", "DOCKER_", "CONTAINER", "PODMAN_", "BUILDAH_", "BUILDKIT_",
    "REGISTR", "STORAGE_", "XDG_", "DBUS_", "LISTEN_", "SSL_", "OPENSSL_", "OCI_", "CNI_", "NETAVARK_", "RUNC_",
    "CRUN_", "SSH_", "OTEL_", "TLS_", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "LC_",
)  # fmt: skip


def image_of(context: StepContext, settings: ContainerSettings) -> str:
    """Raises InvalidInput."""
    image = str(context.fields.get("image") or "")
    if not image:
        raise InvalidInput("a container needs an `image`")
    _check("image", image)
    if settings.images is not None and not any(glob(each)(image) for each in settings.images):
        listed = ", ".join(settings.images) or "none"
        raise InvalidInput(f"this server does not run the image {image!r}; `worker.container.images` allows {listed}")
    return image


def options_of(
    context: StepContext, settings: ContainerSettings, client: Client, workdir: str, env: Mapping[str, str]
) -> list[str]:
    """The options of ``create``. Raises InvalidInput."""
    return [
        *_labels(context),
        *_init(context, client),
        *_security(),
        "--workdir",
        workdir,
        *_mounts(context, settings),
        *_network(context, settings),
        *_limits(context),
        *_user(context, client),
        *_option(context, "platform"),
        *_variables(context, env),
    ]


def name_of(context: StepContext) -> str:
    """The name of the container. ``deploy[0]`` is an instance of a loop."""
    step = context.step.replace("[", ".").replace("]", "")
    return f"gitflow-{context.job_id}-{step}-{context.attempt}"


def passed_on(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that the command line hands on from its own environment: they stand in no list of processes."""
    return {name: value for name, value in env.items() if not _is_own(name)}


def _labels(context: StepContext) -> Iterator[str]:
    values = {
        TOKEN_LABEL: context.run_token,
        JOB_LABEL: context.job_id,
        STEP_LABEL: context.step,
        ATTEMPT_LABEL: str(context.attempt),
    }
    for label, value in values.items():
        yield from ("--label", f"{label}={value}")


def _init(context: StepContext, client: Client) -> Sequence[str]:
    """As the first process of a container, most programs ignore TERM."""
    return ("--init",) if context.fields.get("init", client.has_init) else ()


def _security() -> Sequence[str]:
    """SELinux would refuse the folders of the attempt. To relabel them would change them for good, and those that an
    author mounts as well."""
    return ("--security-opt", "label=disable") if os.path.exists("/sys/fs/selinux/enforce") else ()


def _mounts(context: StepContext, settings: ContainerSettings) -> Iterator[str]:
    for mount in (*mounts_of(context), *_own_mounts(context, settings)):
        yield from _mount(mount)


def _mount(mount: Mount) -> Sequence[str]:
    """Of the two ways to write it, one cannot have a comma in a path, and the other no colon."""
    source, target = mount.source, mount.target
    if not {",", '"'}.intersection(source + target):
        end = ",readonly" if mount.is_read_only else ""
        return ("--mount", f"type=bind,source={source},target={target}{end}")
    if ":" not in source + target:
        return ("--volume", f"{source}:{target}{':ro' if mount.is_read_only else ''}")
    raise InvalidInput(f"the folder {source!r} cannot be mounted: its path has both a comma and a colon")


def _own_mounts(context: StepContext, settings: ContainerSettings) -> Iterator[Mount]:
    """The folders of this machine that the action asks for. Raises InvalidInput."""
    listed: Json = context.fields.get("mounts") or []
    for given in listed if is_list(listed) else ():
        if not is_object(given):
            raise InvalidInput("each of `mounts` must be an object with `source` and `target`")
        source, target = str(given.get("source", "")), str(given.get("target", ""))
        if problem := wrong_mount(source, target):
            raise InvalidInput(problem)
        real = os.path.realpath(source)
        if settings.mounts is not None and not any(is_below(real, os.path.realpath(one)) for one in settings.mounts):
            allowed = ", ".join(settings.mounts) or "none"
            raise InvalidInput(f"this server does not mount {source!r}; `worker.container.mounts` allows {allowed}")
        if not os.path.exists(real):
            raise InvalidInput(f"the source {source!r} of a mount does not exist on this machine")
        yield Mount(real, posixpath.normpath(target), given.get("read_only", True) is not False)


def _network(context: StepContext, settings: ContainerSettings) -> Sequence[str]:
    network = str(context.fields.get("network") or "default")
    if network == "default":
        return ()
    _check("network", network)
    if network == "host" and not settings.host_network:
        message = "this server allows no `network: host`; `worker.container.host_network: true` would allow it"
        raise InvalidInput(message)
    return ("--network", network)


def _limits(context: StepContext) -> Iterator[str]:
    yield from _option(context, "memory")
    for key, option in (("cpus", "--cpus"), ("pids", "--pids-limit")):
        value = context.fields.get(key)
        if value is not None:
            yield from (option, _positive(key, value))


def _positive(key: str, value: Json) -> str:
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf") or (key == "pids" and number != int(number)):
        raise InvalidInput(f"`{key}` must be a {'whole ' if key == 'pids' else ''}number above 0")
    return f"{number:g}" if number != int(number) else str(int(number))


def _user(context: StepContext, client: Client) -> Sequence[str]:
    """Root of a rootless podman's container is this user; the containers of docker's service run as the real root."""
    given = _option(context, "user")
    if given or client.is_podman or client.is_privileged:
        return given
    return ("--user", f"{os.getuid()}:{os.getgid()}")


def _option(context: StepContext, field: str) -> tuple[str, ...]:
    value = context.fields.get(field)
    if value is None:
        return ()
    _check(field, str(value))
    return (f"--{field}", str(value))


def _check(field: str, text: str) -> None:
    if problem := wrong_form(field, text):
        raise InvalidInput(f"`{field}`: {problem}")


def _variables(context: StepContext, env: Mapping[str, str]) -> Iterator[str]:
    """Only the names of the variables, but for those that would change the command line itself."""
    for name, value in env.items():
        if _VARIABLE.fullmatch(name) is None:
            raise InvalidInput(f"{name!r} is not a name that an environment variable of a container can have")
        if not _is_own(name):
            yield from ("--env", name)
        elif any(secret in value for secret in context.masks):
            message = f"{name} cannot hold a secret: the command line reads this variable itself; use another name"
            raise InvalidInput(message)
        else:
            yield from ("--env", f"{name}={value}")


def _is_own(name: str) -> bool:
    upper = name.upper()
    return upper in _OWN or upper.startswith(_OWN_BEGINNINGS)
