"""Secrets: read just before an attempt, kept only in memory, and remembered for masking."""

from __future__ import annotations

from _collections_abc import Iterator, Mapping

from gitflow.core.templates.masking import texts_in
from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import MASK, is_object
from gitflow.runners.messages import may_pass, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import Json


class SecretUnavailable(TemplateError):
    """A secret cannot be read for a temporary reason: a retry may succeed."""


class Secrets(Mapping[str, "Json"]):
    """The secrets of one snapshot, for one attempt. A lookup reads the secret, and adds its texts to ``seen``."""

    def __init__(self, written: Mapping[str, Json], functions: Mapping[str, Json], seen: dict[str, None]) -> None:
        """``functions``: the names that templates of secrets can use: ``env``, ``file``, ``sops``."""
        self._written = written
        self._functions = functions
        self._found: dict[str, Json] = {}
        self.seen = seen
        self.used = False  #: whether this attempt has read a secret

    def __getitem__(self, name: str) -> Json:
        self.used = True
        if name not in self._found:
            value = self._find(name)
            self._found[name] = value
            self.add(value)
        return self._found[name]

    def add(self, value: Json) -> None:
        """Masks the value, and every text in it, from now on."""
        self.seen.update(dict.fromkeys(texts_in(value)))

    def _find(self, name: str) -> Json:
        try:
            return render(self._written[name], self._functions)
        except OSError as error:
            kind = SecretUnavailable if may_pass(error) else TemplateError
            raise kind(
                f"secret {name!r} cannot be read: {reason(error) if may_pass(error) else error.strerror}"
            ) from None
        except UnicodeDecodeError:
            raise TemplateError(f"secret {name!r} cannot be read: its file is not UTF-8 text") from None
        except SecretUnavailable:
            raise
        except TemplateError as error:
            from gitflow.runtime.worker.unset_variables import explain_unset  # only for the message

            why = explain_unset(name, self._written[name], self._functions.get("env"))
            raise (TemplateError(why) if why else error) from None

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


class MaskedSecrets(Mapping[str, "Json"]):
    """The secrets as people see them: every value, at any depth, is replaced by the mask."""

    def __init__(self, written: Mapping[str, Json]) -> None:
        self._written = written

    def __getitem__(self, name: str) -> Json:
        return _masked(self._written[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


def caller_sources(environ: Mapping[str, str]) -> Callable[[str], Mapping[str, Json]]:
    """For the Renderer of ``gitflow run``: secrets can read what the caller can read, in every workspace."""
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
