"""Encrypted secrets in ``*.sops.yaml``, decrypted by the program ``sops``.

When definitions are loaded, a file is decrypted to check its names and its shape. ``hide_values`` then replaces
every value by a template that refers to it, so no value is compiled, stored or shown. A ``Vault`` resolves
the template just before an attempt.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.problems import Place, Problem, Severity
from gitflow.core.record import Record
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import is_list, is_object
from gitflow.definitions.checks.files import short_secret
from gitflow.definitions.compiled import PARSERS
from gitflow.definitions.source.ignored import is_encrypted
from gitflow.definitions.source.locations import place_of, written_at
from gitflow.definitions.source.reader import Document, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.values import Json

    Path = tuple[str | int, ...]

_TIMEOUT_S = 60.0

#: Rules whose messages quote no value of the file.
_TELL_NO_VALUE = frozenset({
    "duplicate-key", "key-not-text", "merge-key", "several-documents", "too-deep", "alias-bomb", "too-large",
    "not-utf-8",
})  # fmt: skip

#: Sections that must not be encrypted, because they are compiled.
_REFUSED = frozenset({*PARSERS, *OCCASIONS})


class Refusal(Record):
    """Why a file cannot be decrypted."""

    message: str
    hint: str = ""


class Vault:
    """The values of one revision's encrypted files. Each file is decrypted at most once and kept only in memory.

    ``workflows`` returns the folder with the files of ``.workflows``; it is called only when a value is needed.
    ``value`` is the function ``sops`` in the templates of secrets.
    """

    def __init__(self, workflows: Callable[[], str]) -> None:
        self._workflows = workflows
        self._documents: dict[str, Document] = {}

    def value(self, file: str, *keys: str) -> str:
        """The value of a secret; ``file`` is its path in the workspace. Raises TemplateError and OSError."""
        if file not in self._documents:
            self._documents[file] = _open(_on_disk(self._workflows(), file), file)
        return _pick(self._documents[file], keys)


def value(path: str, keys: tuple[str, ...]) -> str:
    """The value at these keys under ``secrets`` in a file on disk. Raises TemplateError and OSError."""
    return _pick(_open(path, path), keys)


def document_of(path: str, data: bytes) -> Document:
    """The document of an encrypted file: its names and its shape, without its values."""
    clear = decrypt(data)
    if isinstance(clear, Refusal):
        problem = Problem.at(Place(path), "not-decrypted", clear.message, clear.hint)
        return Document(path, None, (problem,), readable=False)
    return hide_values(read(path, clear))


def shape_of(path: str, data: bytes) -> Document:
    """The same without decrypting anything: names stand in clear, beside what ``sops`` keeps for itself."""
    found = read(path, data)
    if is_object(found.value):
        value = {name: inner for name, inner in found.value.items() if name != "sops"}
        found = Document(path, value, found.problems, found.readable, found.text, found.spot)
    return hide_values(found)


def decrypt(data: bytes) -> bytes | Refusal:
    command = ["sops", "--decrypt", "--input-type", "yaml", "--output-type", "yaml", "/dev/stdin"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        return Refusal("the file is encrypted, but the program `sops` is not installed", "install sops")
    except subprocess.TimeoutExpired:
        return Refusal(f"`sops` did not answer within {_TIMEOUT_S:.0f} seconds", "is the key service reachable?")
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Refusal(f"`sops` could not decrypt the file (exit code {done.returncode})", lines[0] if lines else "")
    return done.stdout


def hide_values(document: Document) -> Document:
    """The document with a template in place of each value, and without sections that may not be encrypted."""
    problems = tuple(map(_without_value, document.problems))
    if not is_object(document.value):
        value = None if document.value is None else _reference(document.path, ())
        return Document(document.path, value, problems, document.readable, spot=document.spot)
    refused = [name for name in document.value if name in _REFUSED]
    kept = {name: inner for name, inner in document.value.items() if name not in _REFUSED}
    value = {
        name: _hide_values(document.path, inner, () if name == "secrets" else (name,)) for name, inner in kept.items()
    }
    all_problems = (*problems, *(_refuse_section(document, name) for name in refused), *_short_values(document))
    # The names in a refused section are missing, as if the file could not be read.
    return Document(document.path, value, all_problems, document.readable and not refused, spot=document.spot)


def _refuse_section(document: Document, section: str) -> Problem:
    message = f"an encrypted file may contain only `secrets`, not `{section}`"
    hint = "move it to a file that is not encrypted, and write {{ secret.NAME }} for the value"
    return Problem.at(place_of(document, (section,), key=True), "encrypted-section", message, hint)


def _hide_values(file: str, value: Json, keys: tuple[str, ...]) -> Json:
    if is_object(value):
        return {key: _hide_values(file, inner, (*keys, key)) for key, inner in value.items()}
    if is_list(value):
        return []  # the schema allows no lists in secrets
    return None if value is None else _reference(file, keys)


def _reference(file: str, keys: tuple[str, ...]) -> str:
    names = ", ".join(json.dumps(name, ensure_ascii=False) for name in (file, *keys))
    return "{{ sops(" + names + ") }}"


def _without_value(problem: Problem) -> Problem:
    if problem.rule in _TELL_NO_VALUE:
        return problem
    message = "the decrypted file is not YAML that gitflow reads"
    return Problem(problem.severity, problem.rule, problem.file, problem.line, problem.column, message)


def _short_values(document: Document) -> Iterator[Problem]:
    secrets: Json = document.value.get("secrets") if is_object(document.value) else None
    for path, inner in _leaves(secrets, ("secrets",)):
        warning = short_secret(str(inner))
        if warning is not None:
            yield Problem.at(place_of(document, path), *warning, Severity.WARNING)


def _leaves(value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    if is_object(value):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif value is not None and not is_list(value):
        yield path, value


def _on_disk(workflows: str, file: str) -> str:
    """The file's path on disk. Raises TemplateError if it is not an encrypted file of the workspace."""
    inside = os.path.realpath(workflows)
    path = os.path.realpath(os.path.join(inside, os.path.relpath(file, DEFINITIONS_FOLDER)))
    if not is_encrypted(file) or os.path.isabs(file) or not path.startswith(inside + os.sep):
        raise TemplateError(f'"{file}" is not an encrypted file of the workspace; write ".workflows/NAME.sops.yaml"')
    return path


def _open(path: str, shown: str) -> Document:
    try:
        with open(path, "rb") as file:
            clear = decrypt(file.read())
    except FileNotFoundError:
        raise TemplateError(f'there is no file "{shown}"') from None
    if isinstance(clear, Refusal):
        raise TemplateError(f'"{shown}": {clear.message}' + (f": {clear.hint}" if clear.hint else ""))
    return read(shown, clear)


def _pick(document: Document, keys: tuple[str, ...]) -> str:
    found = written_at(document, ("secrets", *keys))
    if found is None:
        raise TemplateError(f'"{document.path}" has no secret "{".".join(keys)}"')
    return found
