"""The secrets of a test: what it gives for them, and never what their definitions would read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gitflow.core.templates.texts import TemplateError

if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.runtime.testing.faults import Faults

#: The variable of the templates that stand in for the definitions of secrets.
GIVEN = "given"


def stand_ins(written: Mapping[str, Json]) -> Mapping[str, Json]:
    """What stands in for the definition of each secret: a template of what the test gives."""
    return {name: f"{{{{ {GIVEN}.{name} }}}}" for name in written}


class GivenSecrets(Mapping[str, "Json"]):
    """Looking up a secret that the test does not give fails the step, and is a fault of the test."""

    def __init__(self, values: Mapping[str, Json], faults: Faults) -> None:
        self._values = values
        self._faults = faults

    def __getitem__(self, name: str) -> Json:
        if name not in self._values:
            message = f'the test has no value for the secret "{name}"'
            self._faults.add((message, f"add one: `secrets: {{{name}: …}}`"))
            raise TemplateError(message)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
