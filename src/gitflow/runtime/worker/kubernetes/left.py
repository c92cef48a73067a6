"""What a step left, as its keeper sends it: an archive with its output and the list of its artifacts."""

from __future__ import annotations

import io
import os
import tarfile

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record
from gitflow.core.strict_json import NotJson, read_json
from gitflow.dispatch.frame_fields import FrameError, digest, file_name, many, mode, record, whole
from gitflow.dispatch.frames import LeftFile

#: The largest archive, in bytes. An output has at most 1 MiB in each of two forms, and the list of artifacts some more.
MAX_BYTES = 16 << 20
#: The member with the list of artifacts. All others belong to the output.
LIST = "artifacts.json"

_FILES = many(record(LeftFile, {"name": file_name, "size": whole, "mode": mode, "digest": digest}))


class Left(Record):
    packed: bytes
    artifacts: tuple[LeftFile, ...]


def read_left(packed: bytes) -> Left:
    """Raises InvalidInput if a keeper cannot have sent the archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as archive:
            member = archive.extractfile(LIST)
            text = b"" if member is None else member.read()
        return Left(packed, _FILES(read_json(text.decode())))
    except (tarfile.TarError, KeyError, UnicodeDecodeError, NotJson, FrameError) as error:
        raise InvalidInput(f"the archive of the output is not valid: {error}") from None


def unpack(packed: bytes, folder: str) -> None:
    """Writes the file ``output`` and the folder ``outputs`` into a folder. The reader of the output checks them."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as archive:
        for member in archive:
            parts = member.name.split("/")
            is_wanted = member.name == "output" or (
                len(parts) == 2 and parts[0] == "outputs" and parts[1] not in ("", "..", ".")
            )
            file = archive.extractfile(member) if member.isreg() and is_wanted else None
            if file is not None:
                path = os.path.join(folder, *parts)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as target:
                    target.write(file.read())
