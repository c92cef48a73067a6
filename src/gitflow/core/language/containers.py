"""The fields of actions that run in containers: which there are, and the forms that their values must have."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gitflow.core.language.definition import type_of
from gitflow.core.patterns import pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from gitflow.core.language.definition import Action

#: The folder of the attempt in its container.
ROOT = "/gitflow"
#: The fields that only mean something in a container.
FIELDS = ("image", "pull", "user", "network", "mounts", "memory", "cpus", "pids", "init", "platform")

#: What podman takes for the beginning of a file's name.
_TRANSPORTS = frozenset({"dir", "oci", "oci-archive", "docker", "docker-archive", "docker-daemon", "sif", "ostree"})
#: A reference to an image of a registry: domain, path, tag and digest.
_IMAGE = pattern(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z0-9_+.-]+:[0-9a-fA-F]{32,})?"
)
#: Field -> the form of its text, and an example of it.
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "image": (_IMAGE, "the name of an image, such as registry.example.com/team/app:1.4"),
    "network": (pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]*"), "default, none, host or the name of a network"),
    "memory": (pattern(r"[0-9]*[1-9][0-9]*[bkmg]?"), "an amount of memory, such as 512m or 2g"),
    "user": (
        pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?"),
        "a user, such as 1000, 1000:1000 or app",
    ),
    "platform": (pattern(r"[a-z0-9]+(?:/[a-z0-9]+){0,2}"), "a platform, such as linux/arm64"),
}


def runs_in_container(action: Action) -> bool:
    kind = type_of(action)
    return (kind.runner or action.fields.get("runner")) == "docker"


def wrong_form(field: str, text: str) -> str | None:
    """What is wrong with the text of a field, in words; None if nothing is."""
    form, example = FORMS[field]
    is_file = field == "image" and text.partition(":")[0] in _TRANSPORTS
    return f'"{text}" is not {example}' if is_file or form.fullmatch(text) is None else None


def wrong_mount(source: str, target: str) -> str | None:
    """What is wrong with a mount, in words; None if nothing is."""
    if not posixpath.isabs(source):
        return f'the source "{source}" of a mount is not an absolute path'
    normal = posixpath.normpath(target)
    if not posixpath.isabs(target) or normal == "/":
        return f'the target "{target}" of a mount is not an absolute path in the container'
    if is_below(normal, ROOT) or is_below(ROOT, normal):
        return f'the target "{target}" of a mount is a folder that gitflow uses itself'
    return None


def is_below(path: str, folder: str) -> bool:
    """Whether the path is the folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
