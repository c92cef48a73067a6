"""What the node of the tests puts into the containers of a pod: empty folders, Secrets, ConfigMaps and claims.

As a kubelet does, it gives everything to the group that the pod asks for (``fsGroup``). What a claim has is in a folder
of the node, and stays there when the pod is gone.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

#: Kind of a volume -> the field that names its object, and how its values are written there.
KINDS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "secret": ("secretName", base64.b64decode),
    "configMap": ("name", str.encode),
}


class Volumes:
    def __init__(self, folder: Path, claims: Path, pod: Any, read: Callable[[str, str], Any]) -> None:
        """``claims``: the folder of those of the pod's namespace; ``read``: the data of a Secret or ConfigMap."""
        self._folder, self._claims, self._read = folder, claims, read
        self._volumes = {each["name"]: each for each in pod["spec"].get("volumes") or ()}
        self._group = (pod["spec"].get("securityContext") or {}).get("fsGroup")

    def words(self, container: Any) -> Iterator[str]:
        """The options of ``podman create``."""
        for mount in container.get("volumeMounts") or ():
            mode = ":ro" if mount.get("readOnly") else ""
            source = self._place(self._volumes[mount["name"]]) / mount.get("subPath", "")
            yield from ("--volume", f"{source}:{mount['mountPath']}{mode}")

    def _place(self, volume: Any) -> Path:
        claim = volume.get("persistentVolumeClaim")
        place = self._folder / volume["name"] if claim is None else self._claims / claim["claimName"]
        place.mkdir(parents=True, exist_ok=True)
        for kind, (name, decode) in KINDS.items():
            if kind in volume:
                self._fill(place, volume[kind], self._read(f"{kind.lower()}s", volume[kind][name]), decode)
        self._give(place, 0o777 if self._group is None else 0o2775)
        return place

    def _fill(self, place: Path, given: Any, data: dict[str, str], decode: Callable[[str], bytes]) -> None:
        items = given.get("items") or [{"key": key, "path": key} for key in data]
        for item in items:
            path = place / item["path"]
            path.write_bytes(decode(data[item["key"]]))
            self._give(path, item.get("mode", given.get("defaultMode", 0o644)))

    def _give(self, path: Path, mode: int) -> None:
        if self._group is not None:
            os.chown(path, -1, self._group)
        path.chmod(mode)
