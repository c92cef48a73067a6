"""Renders a step for an attempt: input, fields, environment and script values, with secrets and connections.

With secrets, the input is rendered twice: once in clear for the attempt, which is kept only in memory, and once masked,
which is stored with the job.

The logs of a job are masked for all secrets that the job knows (``Job.secrets``): those that its attempts and the jobs
that led to it have read, in any process, and its secret fields. They are also masked for every secret that an attempt
of its revision has read in this process, because an output may pass a secret to steps that do not name it.
"""

from __future__ import annotations

from _collections_abc import Mapping

from gitflow.core.errors import InvalidInput
from gitflow.core.jobs.context import action_scope, step_scope
from gitflow.core.jobs.planning import HOOK_PREFIX
from gitflow.core.language.inputs import check_input
from gitflow.core.record import Record, replace
from gitflow.core.templates.masking import masked, secret_texts, united
from gitflow.core.templates.render import evaluate, render, render_expressions, to_text
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import MASK, is_list
from gitflow.runtime.worker.secrets import MaskedSecrets, Secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Action, Field, Hook, Step
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject

#: Fields of an action that are programs, not templates.
VERBATIM = frozenset({"code", "script", "task", "dependencies", "shell", "errexit"})


#: For how many revisions the secrets that were read are remembered.
MAX_REVISIONS = 64


class RenderedStep(Record):
    """The rendered input of one attempt, in clear."""

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
        sources: Callable[[str], Mapping[str, Json]],
        encoders: Callable[[str], Mapping[str, Callable[[str], str]]],
        workflows_of: Callable[[str, str], str],
    ) -> None:
        """``sources``: workspace -> the names that its secrets can use: ``env`` and ``file``.
        ``workflows_of``: the folder of a revision's ``.workflows``, for encrypted files in it."""
        self._snapshot_of = snapshot_of
        self._sources = sources
        self._encoders = encoders
        self._workflows_of = workflows_of
        #: By workspace and revision, the latest used last: the looked-up secrets, and the vault.
        self._seen: dict[tuple[str, str], tuple[dict[str, None], Callable[..., str]]] = {}

    def attempt(self, job: Job, name: str) -> RenderedStep:
        """Renders a step. Raises TemplateError or InvalidInput, with a sentence for the author."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        secrets = self._secrets(snapshot)
        step, action = definitions_of(job, name)
        given, clear = self._input(snapshot, job, name, step, action, secrets)
        known = connected(snapshot, action.input, clear, secrets)
        seeing = replace(job, input=connected(snapshot, job.plan.task.input, job.input, secrets))
        scope = action_scope(seeing, name, known, secrets)
        fields = self._fields(snapshot, action, scope, secrets)
        script, values = _script(action, scope)
        env = {key: to_text(render(value, scope)) for key, value in action.env.items()}
        masks = united(self._known(job, secrets), secret_texts(action.input, clear))
        shown = _mask_input(snapshot, job, name, given, clear, masks, secrets)
        return RenderedStep(known, shown, fields, env, script, values, masks)

    def child(self, job: Job, name: str) -> tuple[str, JsonObject]:
        """The task and input of a ``task`` step's child job."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        secrets = self._secrets(snapshot)
        step, action = definitions_of(job, name)
        given = self._input(snapshot, job, name, step, action, secrets)[1]
        if step.inline is None and "input" in action.fields:
            given = render(action.fields["input"], action_scope(job, name, given, secrets))
        return str(action.fields["task"]), given

    def hook(self, job: Job, hook: Hook) -> tuple[JsonObject, JsonObject]:
        """The ``hook`` context, and the input of the hook's job."""
        snapshot = self._snapshot_of(job.workspace, job.revision)
        from gitflow.core.jobs.hooks import hook_context

        context = hook_context(job)
        scope = {"hook": context, "input": job.input, "secret": self._secrets(snapshot)}
        return context, {key: render(value, scope) for key, value in hook.input.items()}

    def known(self, job: Job) -> tuple[str, ...]:
        """All texts to mask in what the job prints, returns and stores."""
        return self._known(job, self._secrets(self._snapshot_of(job.workspace, job.revision)))

    def mask_error(self, job: Job, error: Exception) -> str:
        """The message of an error with secrets masked, because it may quote a value."""
        return masked(str(error), self.known(job))

    def _known(self, job: Job, secrets: Secrets) -> tuple[str, ...]:
        return united(united(job.secrets, secrets.seen), secret_texts(job.plan.task.input, job.input))

    def secrets(self, snapshot: Snapshot) -> Secrets:
        """The secrets of a snapshot outside of any job; callable from any thread."""
        sources = self._sources(snapshot.workspace)
        return Secrets(snapshot.secrets, {**sources, "sops": self._vault(snapshot.workspace, snapshot.revision)}, {})

    def _secrets(self, snapshot: Snapshot) -> Secrets:
        key = (snapshot.workspace, snapshot.revision)
        seen, sops = self._seen[key] = self._seen.pop(key, None) or ({}, self._vault(*key))
        if len(self._seen) > MAX_REVISIONS:  # a job stores its own secrets
            del self._seen[next(iter(self._seen))]
        return Secrets(snapshot.secrets, {**self._sources(snapshot.workspace), "sops": sops}, seen)

    def _vault(self, workspace: str, revision: str) -> Callable[..., str]:
        """The function ``sops`` for the secrets of one revision; each encrypted file is decrypted once."""
        opened: list[Callable[..., str]] = []

        def value(*words: str) -> str:
            if not opened:
                from gitflow.definitions.sops import Vault

                opened.append(Vault(lambda: self._workflows_of(workspace, revision)).value)
            return opened[0](*words)

        return value

    def _input(
        self, snapshot: Snapshot, job: Job, name: str, step: Step, action: Action, secrets: Secrets
    ) -> tuple[JsonObject, JsonObject]:
        """The step's input as rendered, and checked for its action. A hook's job has the input of its action."""
        if job.task_name.startswith(HOOK_PREFIX):
            return job.input, job.input
        scope = step_scope(job, name, secrets)
        values = {key: render(value, scope) for key, value in step.input.items()}
        if step.inline is not None or (action.type == "task" and not action.input):
            return values, values
        return values, fitted(f"action {action.name!r}", snapshot, action.input, values)

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


def _mask_input(
    snapshot: Snapshot,
    job: Job,
    name: str,
    given: JsonObject,
    clear: JsonObject,
    masks: tuple[str, ...],
    secrets: Secrets,
) -> JsonObject:
    """The input with every secret masked: rendered again with masks, so that values derived from secrets are hidden."""
    step, action = definitions_of(job, name)
    shown = dict(clear)
    hidden = _secret_names(job.plan.task.input, job.input)
    if secrets.used or hidden:
        hiding = replace(job, input={**job.input, **dict.fromkeys(hidden, MASK)})
        scope = step_scope(hiding, name, MaskedSecrets(snapshot.secrets))
        again = {key: _rendered_or_mask(value, scope) for key, value in step.input.items()}
        shown.update({key: value for key, value in again.items() if value != given[key]})
    shown.update(dict.fromkeys(_secret_names(action.input, shown), MASK))
    return masked(shown, masks)


def _rendered_or_mask(value: Json, scope: Mapping[str, Json]) -> Json:
    """A filter that accepts the secret may refuse the mask; then the result is the mask."""
    try:
        return render(value, scope)
    except TemplateError:
        return MASK


def definitions_of(job: Job, name: str) -> tuple[Step, Action]:
    """The step and the action behind a step, a loop or an instance of one."""
    written = job.steps[name].loop_of or name
    return job.plan.task.flow[written], job.plan.actions[written]


def fitted(what: str, snapshot: Snapshot, fields: Mapping[str, Field], values: JsonObject) -> JsonObject:
    """Raises InvalidInput with every field that is wrong."""
    kinds = {name: connection.type for name, connection in snapshot.connections.items()} if fields else {}
    return _checked(f"the input of {what} is wrong", *check_input(fields, values, connections=kinds))


def connected(snapshot: Snapshot, fields: Mapping[str, Field], values: JsonObject, secrets: Secrets) -> JsonObject:
    """The values, in which the name of each connection is replaced by its content."""
    wanted = [name for name, field in fields.items() if field.type in snapshot.connection_types and values.get(name)]
    return {**values, **{name: _connected(snapshot, values[name], secrets) for name in wanted}} if wanted else values


def _connected(snapshot: Snapshot, named: Json, secrets: Secrets) -> Json:
    if is_list(named):
        return [connection_values(snapshot, one, secrets) for one in named]
    return connection_values(snapshot, named, secrets)


def connection_values(snapshot: Snapshot, name: str, secrets: Secrets) -> JsonObject:
    """The values of a connection. Masks its secret fields from now on. Raises InvalidInput."""
    connection = snapshot.connections.get(name)
    if connection is None:
        raise InvalidInput(f"there is no connection named {name!r}")
    declared = snapshot.connection_types.get(connection.type)
    given = {key: render(value, {"secret": secrets}) for key, value in connection.values.items()}
    if declared is None:
        return given
    secrets.add([given.get(field) for field in _secret_names(declared.fields, given)])
    return _checked(f"the values of connection {name!r} are wrong", *check_input(declared.fields, given))


def _checked(what: str, values: JsonObject, wrong: tuple[tuple[str, str], ...]) -> JsonObject:
    if wrong:
        raise InvalidInput(f"{what}: " + "; ".join(f"{field}: {message}" for field, message in wrong), wrong)
    return values


def _secret_names(fields: Mapping[str, Field], values: Mapping[str, Json]) -> list[str]:
    return [name for name, field in fields.items() if field.secret and values.get(name) is not None]


def _script(action: Action, scope: Mapping[str, Json]) -> tuple[str | None, Mapping[str, str]]:
    script = action.script
    if script is None:
        return None, {}
    values = {variable: to_text(evaluate(expression, scope)) for variable, expression in script.values}
    return (render_expressions(script.text, scope) if script.raw else script.text), values
