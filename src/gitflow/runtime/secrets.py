"""Secrets: found just before an attempt, kept in memory only, and remembered for masking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitflow.core.templates import TemplateError, render
from gitflow.core.values import MASK, is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import Json


class Secrets(Mapping[str, "Json"]):
    """The secrets of one snapshot, for one attempt. Looking one up finds it; ``seen`` is what to mask."""

    def __init__(self, written: Mapping[str, Json], env: Mapping[str, str], read_file: Callable[[str], str]) -> None:
        self._written = written
        self._scope = {"env": env, "file": read_file}
        self._found: dict[str, Json] = {}
        self.seen: list[str] = []

    def __getitem__(self, name: str) -> Json:
        if name not in self._found:
            value = self._find(name)
            self._found[name] = value
            self.seen.extend(_texts(value))
        return self._found[name]

    def _find(self, name: str) -> Json:
        try:
            return render(self._written[name], self._scope)
        except OSError as error:
            raise TemplateError(f"secret {name!r} cannot be read: {error.strerror}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


class Masked(Mapping[str, "Json"]):
    """What a person sees where a secret stands: every name, at any depth, is the mask."""

    def __init__(self, written: Mapping[str, Json]) -> None:
        self._written = written

    def __getitem__(self, name: str) -> Json:
        return _masked(self._written[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


def read_text(path: str) -> str:
    """A secret's file, without its last line feed."""
    with open(os_expanded(path), encoding="utf-8") as file:
        return file.read().removesuffix("\n")


def os_expanded(path: str) -> str:
    import os.path

    return os.path.expanduser(path)


def _masked(value: Json) -> Json:
    return {key: _masked(inner) for key, inner in value.items()} if is_object(value) else MASK


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_object(value) or is_list(value):
        for inner in value.values() if is_object(value) else value:
            yield from _texts(inner)
