"""A bench whose attempts run in containers."""

from __future__ import annotations

import os
from pathlib import Path

from bench import Bench

from gitflow.actions.registry import prepare
from gitflow.core.language.definition import Action, Script
from gitflow.runners.base import Outcome
from gitflow.runners.container_settings import ContainerSettings
from gitflow.runners.runner import Runner


class Containers(Bench):
    """Its attempts run in containers of the tests' own image."""

    def __init__(self, folder: Path, image: str, command: str = "podman") -> None:
        super().__init__(folder)
        self.image = image
        self.state = folder / "state"
        self.settings = ContainerSettings(str(self.state), command)
        self.runner.close()
        self.runner = Runner(prepare, self.chunks.append, lambda: 0.0, lambda: self.settings)

    def do(self, script: str | None = None, *, fields: dict[str, object] | None = None, **given: object) -> Outcome:
        self.begin(script, fields=fields, **given)
        return self.outcome()

    def begin(self, script: str | None = None, *, fields: dict[str, object] | None = None, **given: object) -> None:
        action = Action("docker", script=None if script is None else Script(script))
        fields = {"image": self.image, **(fields or {})}
        self.runner.start(self.context(script, **{"action": action, "fields": fields, **given}))

    @property
    def records(self) -> list[str]:
        folder = self.state / "containers"
        return os.listdir(folder) if folder.exists() else []
