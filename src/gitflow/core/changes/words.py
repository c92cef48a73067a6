"""Words of scripts that may be files of the workspace, although the definition declares none: ``sh build.sh``."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from gitflow.core.values import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.core.values import Json

#: Keys of an action whose text may name files.
KEYS = ("cmd", "code")
#: What may be the path of a file in a script. Paths with other characters have to be declared.
_WORD = re.compile(r"[\w.@+-][\w./@+-]*")


def scripts_in(fields: Mapping[str, Json]) -> Iterator[str]:
    """The scripts among the fields of an action."""
    for key in KEYS:
        value = fields.get(key)
        if isinstance(value, str):
            yield value
        elif is_list(value):
            yield from (each for each in value if isinstance(each, str))


def paths_in(scripts: Iterable[str]) -> set[str]:
    """Words that may be paths inside of the workspace."""
    found = map(posixpath.normpath, set(_WORD.findall("\n".join(scripts))))
    return {path for path in found if path not in (".", "..") and not path.startswith(("../", "/"))}
