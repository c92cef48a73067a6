"""Which environment variables a secret lacks, for the message of a secret that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.templates.parse import tags_in, uses_in
from gitflow.core.values import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.values import Json


def explain_unset(secret: str, written: Json, env: Json) -> str:
    """A sentence that names the variables; empty if the secret fails for another reason."""
    names = list(dict.fromkeys(name for name in _variables(written) if is_mapping(env) and name not in env))
    if not names:
        return ""
    which, them = (
        (f"variable {names[0]}, which is", "it")
        if len(names) == 1
        else (f"variables {', '.join(names)}, which are", "them")
    )
    exports = " ".join(f"{name}=…" for name in names)
    return f"secret {secret!r} needs the environment {which} not set; set {them} where gitflow runs: export {exports}"


def _variables(written: Json) -> Iterator[str]:
    """The variables that the templates of a secret read and for which they have no default."""
    if is_mapping(written):
        for member in written.values():
            yield from _variables(member)
    if isinstance(written, str):
        for use in (use for tag in tags_in(written) for use in uses_in(tag.source, tag.offset)):
            match use.path:
                case ("env", str(name), *_) if not use.guarded:
                    yield name
                case _:
                    pass
