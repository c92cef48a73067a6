"""What an attempt is given: input, fields, environment and script values, with secrets and connections filled in.

Everything is rendered twice where secrets are involved: once in clear for the attempt, which lives
in memory only, and once masked, which is what the job remembers.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitflow.core.context import action_scope, step_scope
from gitflow.core.errors import InvalidInput
from gitflow.core.hooks import hook_context
from gitflow.core.inputs import check_input
from gitflow.core.record import record, replace
from gitflow.core.templates import evaluate, render, render_expressions, to_text
from gitflow.runtime.secrets import Masked, Secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.definition import Action, Field, Hook, Step
    from gitflow.core.job import Job
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject

#: Fields of an action that are programs, not templates.
VERBATIM = frozenset({"code", "script", "task", "dependencies", "shell", "errexit"})


@record
class Given:
    """What one attempt is given, in clear."""

    input: JsonObject
    shown: JsonObject  #: the input with secrets masked
    fields: JsonObject
    env: Mapping[str, str]
    script: str | None
    values: Mapping[str, str]
    masks: tuple[str, ...]


class Renderer:
    def __init__(
        self,
        snapshot_of: Callable[[str, str], Snapshot],
        env: Mapping[str, str],
        read_file: Callable[[str], str],
        encoders: Callable[[str], Mapping[str, Callable[[str], str]]],
    ) -> None:
        self._snapshot_of = snapshot_of
        self._env = env
        self._read_file = read_file
        self._encoders = encoders

    def attempt(self, job: Job, name: str) -> Given:
        """Raises TemplateError or InvalidInput, with a sentence for the author."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        secrets = self._secrets(snapshot)
        step, action = definitions_of(job, name)
        clear = self._input(snapshot, job, name, step, action, secrets)
        shown = self._shown(snapshot, job, name, step, action, clear, secrets)
        known = connected(snapshot, action.input, clear, secrets)
        seeing = replace(job, input=connected(snapshot, job.plan.task.input, job.input, secrets))
        scope = action_scope(seeing, name, known, secrets)
        fields = self._fields(snapshot, action, scope, secrets)
        script, values = _script(action, scope)
        env = {key: to_text(render(value, scope)) for key, value in action.env.items()}
        masks = (*secrets.seen, *secret_values(job.plan.task.input, job.input), *secret_values(action.input, clear))
        return Given(known, shown, fields, env, script, values, masks)

    def child(self, job: Job, name: str) -> tuple[str, JsonObject]:
        """The task and input of a ``task`` step's child job."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        step, action = definitions_of(job, name)
        given = self._input(snapshot, job, name, step, action, self._secrets(snapshot))
        if step.inline is None and "input" in action.fields:
            given = render(action.fields["input"], action_scope(job, name, given, self._secrets(snapshot)))
        return str(action.fields["task"]), given

    def hook(self, job: Job, hook: Hook) -> tuple[JsonObject, JsonObject]:
        """The ``hook`` context, and the input of the hook's job."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        context = hook_context(job)
        scope = {"hook": context, "input": job.input, "secret": self._secrets(snapshot)}
        return context, {key: render(value, scope) for key, value in hook.input.items()}

    def _secrets(self, snapshot: Snapshot) -> Secrets:
        return Secrets(snapshot.secrets, self._env, self._read_file)

    def _input(
        self, snapshot: Snapshot, job: Job, name: str, step: Step, action: Action, secrets: Mapping[str, Json]
    ) -> JsonObject:
        scope = step_scope(job, name, secrets)
        values = {key: render(value, scope) for key, value in step.input.items()}
        if step.inline is not None or action.suspends:
            return values
        return fitted(f"action {action.name!r}", snapshot, action.input, values)

    def _shown(
        self,
        snapshot: Snapshot,
        job: Job,
        name: str,
        step: Step,
        action: Action,
        clear: JsonObject,
        secrets: Secrets,
    ) -> JsonObject:
        from gitflow.core.values import MASK

        shown = dict(clear)
        if secrets.seen:
            scope = step_scope(job, name, Masked(snapshot.secrets))
            shown.update({key: render(value, scope) for key, value in step.input.items()})
        hidden = [key for key, field in action.input.items() if field.secret and shown.get(key) is not None]
        return {**shown, **dict.fromkeys(hidden, MASK)}

    def _fields(self, snapshot: Snapshot, action: Action, scope: Mapping[str, Json], secrets: Secrets) -> JsonObject:
        encoders = self._encoders(action.type)
        fields: JsonObject = {}
        for key, value in action.fields.items():
            if key in VERBATIM or (key == "cmd" and isinstance(value, str)):
                fields[key] = value
            else:
                fields[key] = render(value, scope, encoders.get(key))
        if isinstance(fields.get("connection"), str):
            fields["connection"] = connection_values(snapshot, fields["connection"], secrets)
        return fields


def definitions_of(job: Job, name: str) -> tuple[Step, Action]:
    """The step and the action behind a step, a loop or an instance of one."""
    written = job.steps[name].loop_of or name
    return job.plan.task.flow[written], job.plan.actions[written]


def fitted(what: str, snapshot: Snapshot, fields: Mapping[str, Field], values: JsonObject) -> JsonObject:
    """Raises InvalidInput with every field that is wrong."""
    kinds = {name: connection.type for name, connection in snapshot.connections.items()}
    checked, wrong = check_input(fields, values, connections=kinds)
    if wrong:
        raise InvalidInput(f"the input of {what} is wrong: " + "; ".join(f"{n}: {m}" for n, m in wrong), wrong)
    return checked


def connected(
    snapshot: Snapshot, fields: Mapping[str, Field], values: JsonObject, secrets: Mapping[str, Json]
) -> JsonObject:
    """The values with the name of each connection replaced by what the connection holds."""
    wanted = [name for name, field in fields.items() if field.type in snapshot.connection_types]
    filled = {
        name: connection_values(snapshot, values[name], secrets) for name in wanted if isinstance(values.get(name), str)
    }
    return {**values, **filled}


def connection_values(snapshot: Snapshot, name: str, secrets: Mapping[str, Json]) -> JsonObject:
    connection = snapshot.connections.get(name)
    if connection is None:
        raise InvalidInput(f"there is no connection named {name!r}")
    declared = snapshot.connection_types.get(connection.type)
    given = {key: render(value, {"secret": secrets}) for key, value in connection.values.items()}
    return given if declared is None else check_input(declared.fields, given)[0]


def secret_values(fields: Mapping[str, Field], values: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(to_text(values[n]) for n, field in fields.items() if field.secret and values.get(n) is not None)


def _script(action: Action, scope: Mapping[str, Json]) -> tuple[str | None, Mapping[str, str]]:
    script = action.script
    if script is None:
        return None, {}
    values = {variable: to_text(evaluate(expression, scope)) for variable, expression in script.values}
    return (render_expressions(script.text, scope) if script.raw else script.text), values
