"""The folder of built pages, read into a table of files: what is not in the table cannot be asked for.

The folder of an installed package is ``built/`` beside this file; a clone has it at ``ui/dist``. ``vite build`` puts
the hash of a file's content into its name below ``assets/``, and the build writes ``.br`` and ``.gz`` beside larger
files.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

INDEX = "index.html"
#: Files below it have the hash of their content in their name.
FINGERPRINTED = "assets/"
#: Content-Encoding -> how the name of such a file ends; the smallest first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
#: Files for the build itself.
NOT_SERVED = frozenset({INDEX, "BUILD.json"})

_CLONE = Path(__file__).parents[4]

#: Where built pages may be; the first folder with an index.html is served.
FOLDERS: Sequence[Path] = (_CLONE / "ui" / "dist", Path(__file__).with_name("built"))

_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")


class BuiltFile(Record):
    path: Path
    media: str
    etag: str  #: made from the content, without quotes
    encoded: Mapping[str, Path]  #: by Content-Encoding, in the order of ENCODINGS
    is_fingerprinted: bool


class BuiltPages(Record):
    index: bytes
    files: Mapping[str, BuiltFile]  #: by path below the folder, with ``/``


class BuiltFolder:
    """The folder that is served. A new build is read when the page is next asked for."""

    def __init__(self) -> None:
        self._read_at: tuple[Path, int] | None = None
        self.read: BuiltPages | None = None
        self.newest()

    def newest(self) -> BuiltPages | None:
        """The built pages as they are now; None if there are none."""
        found = next(filter(None, map(_built_at, FOLDERS)), None)
        if found != self._read_at:
            self._read_at, self.read = found, None if found is None else read_built(found[0])
        return self.read


def _built_at(folder: Path) -> tuple[Path, int] | None:
    """The folder and when its pages were built, in nanoseconds; None if it has none."""
    try:
        return folder, (folder / INDEX).stat().st_mtime_ns
    except OSError:
        return None


def read_built(folder: Path) -> BuiltPages:
    names = set(_names(folder))
    plain = (name for name in names - NOT_SERVED if not name.endswith(tuple(ENCODINGS.values())))
    return BuiltPages((folder / INDEX).read_bytes(), {name: _file(folder, name, names) for name in plain})


def _names(folder: Path) -> Iterator[str]:
    """Regular files only: a link could lead out of the folder."""
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _file(folder: Path, name: str, names: set[str]) -> BuiltFile:
    encoded = {coding: folder / (name + suffix) for coding, suffix in ENCODINGS.items() if name + suffix in names}
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return BuiltFile(folder / name, _media(name), digest[:16], encoded, name.startswith(FINGERPRINTED))


def _media(name: str) -> str:
    media = "text/javascript" if name.endswith((".js", ".mjs")) else mimetypes.guess_type(name)[0]
    media = media or "application/octet-stream"
    return f"{media}; charset=utf-8" if media.startswith(_TEXT) else media
