"""``runner: docker``: runs an attempt in a container, by the command line of podman or docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.runners.base import Process
from gitflow.runners.containers.attempt import ContainerAttempt
from gitflow.runners.containers.client import find_client
from gitflow.runners.containers.layout import lay_out, open_to_all
from gitflow.runners.containers.options import image_of, name_of, options_of, passed_on
from gitflow.runners.containers.plan import Plan
from gitflow.runners.containers.records import Kept
from gitflow.runners.process_tree import VARIABLE, mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.runners.base import Attempt, Loop, StepContext
    from gitflow.runners.container_settings import ContainerSettings
    from gitflow.runners.containers.client import Client


def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
    """Starts an attempt. Raises GitflowError or OSError if it cannot start."""
    settings = loop.containers()
    image, client = image_of(context, settings), find_client(settings)
    inside = lay_out(context)
    process = loop.prepare(inside)
    if not isinstance(process, Process):
        raise InvalidInput(f"actions of type {context.action.type!r} run in no container")
    plan = _plan(inside, process, settings, client, image)
    open_to_all(inside)
    return ContainerAttempt(inside, plan, patterns, loop)


def _plan(context: StepContext, process: Process, settings: ContainerSettings, client: Client, image: str) -> Plan:
    _check_words(context, process.argv)
    options = options_of(context, settings, client, process.cwd, process.env)
    arguments = process.argv
    program = "program of its own"
    if not process.is_for_image:
        options, arguments = [*options, "--entrypoint", arguments[0]], arguments[1:]
        program = f"program {process.argv[0]!r}"
    elif arguments:
        program = f"program {arguments[0]!r}"
    return Plan(
        client=client,
        image=image,
        platform=None if context.fields.get("platform") is None else str(context.fields["platform"]),
        pull=str(context.fields.get("pull") or "missing"),
        name=name_of(context),
        options=tuple(options),
        arguments=tuple(arguments),
        program=program,
        env=passed_on(process.env),
        mark={VARIABLE: mark_of(context.run_token)},
        memory=str(context.fields.get("memory") or ""),
        folders=(context.workdir, context.scratch, context.artifacts),
        record=Kept(settings.state_dir, context.run_token, client.program),
    )


def _check_words(context: StepContext, words: Sequence[str]) -> None:
    """Refuses a secret in the words of a command, which every user of this machine can see. Raises InvalidInput."""
    for number, word in enumerate(words):
        if any(secret in word for secret in context.masks):
            raise InvalidInput(
                f"word {number + 1} of the container's command contains a secret, which every user of this machine "
                "could see; pass it in `env`, and use the variable in the script"
            )
