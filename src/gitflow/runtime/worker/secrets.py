"""Secrets: found just before an attempt, kept in memory only, and remembered for masking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitflow.core.templates.masking import texts_in
from gitflow.core.templates.render import TemplateError, render
from gitflow.core.values import MASK, is_object
from gitflow.runners.messages import may_pass, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import Json


class NotFoundNow(TemplateError):
    """A secret cannot be read for a reason that may be gone at the next try."""


class Secrets(Mapping[str, "Json"]):
    """The secrets of one snapshot, for one attempt. Looking one up finds it, and adds its texts to ``seen``."""

    def __init__(self, written: Mapping[str, Json], functions: Mapping[str, Json], seen: dict[str, None]) -> None:
        """``functions`` is what the templates of secrets may use: ``env``, ``file``, ``sops``."""
        self._written = written
        self._functions = functions
        self._found: dict[str, Json] = {}
        self.seen = seen
        self.used = False  #: whether this attempt has looked any up

    def __getitem__(self, name: str) -> Json:
        self.used = True
        if name not in self._found:
            value = self._find(name)
            self._found[name] = value
            self.add(value)
        return self._found[name]

    def add(self, value: Json) -> None:
        """From now on it is masked, and everything in it."""
        self.seen.update(dict.fromkeys(texts_in(value)))

    def _find(self, name: str) -> Json:
        try:
            return render(self._written[name], self._functions)
        except OSError as error:
            kind = NotFoundNow if may_pass(error) else TemplateError
            raise kind(
                f"secret {name!r} cannot be read: {reason(error) if may_pass(error) else error.strerror}"
            ) from None
        except UnicodeDecodeError:
            raise TemplateError(f"secret {name!r} cannot be read: its file is not UTF-8 text") from None

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


def callers(environ: Mapping[str, str]) -> Callable[[str], Mapping[str, Json]]:
    """For the Renderer of ``gitflow run``: secrets see what its caller sees, in every workspace."""
    return lambda workspace: {"env": environ, "file": read_text}


def read_text(path: str) -> str:
    """A secret's file, without its last line feed."""
    with open(os_expanded(path), encoding="utf-8") as file:
        return file.read().removesuffix("\n")


def os_expanded(path: str) -> str:
    import os.path

    return os.path.expanduser(path)


def _masked(value: Json) -> Json:
    return {key: _masked(inner) for key, inner in value.items()} if is_object(value) else MASK
