"""Lists of jobs, and other queries of the runtime."""

from __future__ import annotations

from gitflow.core.errors import NotFound
from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.jobs.references import LAST, MAX_END_LENGTH, MAX_NAMED, NoJobYet, only_one, part_of_id, task_named
from gitflow.core.record import names_of, replace
from gitflow.core.status import JobStatus
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session, fill_columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.stores.protocols.jobs import DueTimer, JobFilter, JobRow, JobState

    Values = dict[str, str | float]

#: The fields of a JobFilter that are conditions of their own (``only_<field>`` among the queries).
FILTERS = (
    *("workspace", "task_name", "source_type", "revision", "created_after", "created_before"),
    *("parent_job_id", "retry_of_job_id", "worker_id", "waiting_on"),
    *("actor", "trigger", "duration_over", "late"),
)

#: The fields that are conditions if they are set.
FLAGS = ("roots", "not_retried", "retried")

#: Every state of a job.
EVERY_STATUS = tuple(status.value for status in JobStatus)

#: The lists of up to so many tasks are merged; for more tasks, all jobs are read in order.
MERGED_TASKS = 64

#: Up to so many jobs are read as a whole and sorted; if more jobs meet a condition, a page is full soon.
FEW = 5000

#: The class of jobs that ran for about 36 hours or longer.
LAST_DURATION_CLASS = 18

#: The columns that order a list, when it is read from the jobs and when it is read from their labels.
JOBS = {"jobs": "job", "created_at": "created_at", "id": "id"}
#: Few jobs meet these conditions, so the list is read from this index, whatever the other conditions are.
NARROW = ("waiting_on", "late", "trigger", "actor", "duration_over", "worker_id")
#: Sources that have other indexes than those by source and state.
OF_OTHER_INDEXES = ("task_name", "tasks", "parent_job_id", "retry_of_job_id")
LABELS = {"created_at": "label.made_at", "id": "label.job_id"}


class JobLists(Session):
    def find(self, start: str) -> str:
        task = task_named(start)
        if start == LAST or task is not None:
            return self._newest(task)
        part = part_of_id(start)
        most = MAX_NAMED + 1
        found = self._all("find_jobs", part=part, after=part + "\U0010ffff", most=most)
        if not found and len(part) <= MAX_END_LENGTH:
            found = self._all("find_jobs_by_end", part=part, most=most)
        return only_one(part, [(row["id"], row["task_name"]) for row in found])

    def _newest(self, task: str | None) -> str:
        from gitflow.stores.protocols.jobs import JobFilter  # not at the top: making its classes costs every start

        found = self.jobs(JobFilter(task_name=task, roots=task is None), 1)
        if not found:
            raise NoJobYet(task)
        return found[0].id

    def jobs(
        self,
        filter: JobFilter,
        limit: int = 50,
        offset: int = 0,
        *,
        before: tuple[float, str] | None = None,
        oldest_first: bool = False,
        by_end: bool = False,
    ) -> list[JobRow]:
        """``before`` is (created_at, id) of the last job of the page before."""
        sql, values = self._listing(filter, before, oldest_first, by_end)
        found = self._driver.query(sql, values | {"limit": limit, "offset": offset})
        waiting = self._waiting([row["id"] for row in found if not JobStatus(row["status"]).ended])
        return [rows.list_row(row, waiting.get(row["id"])) for row in found]

    def _waiting(self, job_ids: list[str]) -> dict[str, str | None]:
        """Job id -> what the job waits for, for each of these open jobs."""
        if not job_ids:
            return {}
        return {row["id"]: row["waiting_on"] for row in self._all("waiting_on", job_ids=rows.dumps(job_ids))}

    def count(self, filter: JobFilter, at_most: int = 10_000) -> int:
        filter, source = self._choose(filter)
        counted, values = self._merged("counted", source, filter, None, False)
        sql = self._queries["count_jobs"].replace("{counted}", counted)
        return self._value_of(sql, values | {"limit": at_most})

    def _listing(
        self, filter: JobFilter, before: tuple[float, str] | None, oldest_first: bool = False, by_end: bool = False
    ) -> tuple[str, Values]:
        filter, source = self._choose(filter)
        listed, values = self._merged("listed", source, filter, before, oldest_first)
        order = "ASC" if oldest_first else "DESC"
        made_at = (LABELS if source == "labels" else JOBS)["created_at"]
        ordered = self._queries[f"by_end_{order.lower()}"] if by_end else f"{made_at} {order}"
        sql = self._filled("list_jobs", source, []).replace("{ordered}", ordered).replace("{order}", order)
        return sql.replace("{listed}", listed), values

    def _choose(self, filter: JobFilter) -> tuple[JobFilter, str | None]:
        """The source from which a list is read (``from_<source>`` among the queries); None leaves the choice to the
        database. It also returns the filter, whose labels are sorted: the one that the fewest jobs have comes first."""
        labels = {pair: self._counted("labelled", name=pair[0], value=pair[1]) for pair in filter.labels.items()}
        filter = replace(filter, labels=dict(sorted(labels, key=labels.__getitem__)))
        source = next((name for name in NARROW if getattr(filter, name) is not None), None)
        if labels:
            source = "labels"
        elif source is None and filter.revision is not None and filter.task_name is None:
            source = "revision"
        if source in (None, "waiting_on", "late") or min(labels.values(), default=FEW + 1) <= FEW:
            return filter, source
        statuses = statuses_of(filter)
        has_few = bool(statuses) and sum(self._counted("in_status", status=each) for each in statuses) <= FEW
        return filter, "status" if has_few else source

    def _counted(self, query: str, **values: str) -> int:
        """Counts only as far as needed to know whether there are few."""
        return self._value(query, **values, limit=FEW + 1)

    def _merged(
        self, query: str, source: str | None, filter: JobFilter, before: tuple[float, str] | None, oldest_first: bool
    ) -> tuple[str, Values]:
        """Jobs in several states, of a few tasks or of several durations are merged from one ordered list for each,
        which an index has."""
        conditions, values = self._conditions(source, filter, before, "only_behind" if oldest_first else "only_before")
        is_narrow = source not in (None, "status")
        statuses = statuses_of(filter)
        if filter.tasks is not None:
            if 0 < len(filter.tasks) <= MERGED_TASKS and source is None and len(statuses) < 2:
                return self._of_each_task(query, conditions, values, filter.tasks, statuses)
            conditions.append(self._queries["only_tasks"])
            values["tasks"] = rows.dumps([list(task) for task in filter.tasks]) or ""
        if is_narrow and statuses:
            conditions.append(self._queries["only_statuses"])
            values["statuses"] = rows.dumps(list(statuses)) or ""
        if source == "duration_over":
            return self._of_each_duration(query, filter, conditions, values)
        arms: list[str] = []
        for number, pair in enumerate(() if is_narrow else _states(filter, statuses)):
            only = [self._queries[f"only_{name}"].replace(f":{name}", f":{name}_{number}") for name in pair]
            values |= {f"{name}_{number}": value for name, value in pair.items()}
            arms.append(self._filled(query, source, [*conditions, *only]))
        return "\nUNION ALL\n".join(arms) or self._filled(query, source, conditions), values

    def _of_each_task(
        self,
        query: str,
        conditions: list[str],
        values: Values,
        tasks: Sequence[tuple[str, str]],
        statuses: tuple[str, ...],
    ) -> tuple[str, Values]:
        if statuses:
            conditions.append(self._queries["only_status"])
            values["status"] = statuses[0]
        arms: list[str] = []
        for number, (workspace, task_name) in enumerate(tasks):
            values[f"workspace_{number}"], values[f"task_name_{number}"] = workspace, task_name
            only = self._queries["only_task"].replace("_task", f"_{number}")
            arms.append(self._filled(query, None, [*conditions, only]))
        return "\nUNION ALL\n".join(arms), values

    def _of_each_duration(
        self, query: str, filter: JobFilter, conditions: list[str], values: Values
    ) -> tuple[str, Values]:
        """The index sorts jobs by the class of their duration, and in each class in the order of lists."""
        arms: list[str] = []
        for number in range(duration_class(filter.duration_over or 0.0), LAST_DURATION_CLASS + 1):
            only = self._queries["only_duration_class"].replace(":duration_class", str(number))
            arms.append(self._filled(query, "duration_over", [*conditions, only]))
        return "\nUNION ALL\n".join(arms), values

    def _filled(self, query: str, source: str | None, conditions: list[str]) -> str:
        joined = "\n   AND ".join(conditions) or self._queries["only_all"]
        sql = fill_columns(self._queries[query], self._listed()).replace("{conditions}", joined)
        if source is not None:
            sql = sql.replace("{jobs}", self._queries[f"from_{source}"])
        for name, value in (LABELS if source == "labels" else JOBS).items():
            sql = sql.replace(f"{{{name}}}", value)
        return sql

    def _listed(self) -> dict[str, tuple[str, ...]]:
        from gitflow.stores.protocols.jobs import JobRow  # not at the top: making its classes costs every start

        return {"listed": tuple(name for name in names_of(JobRow) if name != "waiting_on")}

    def _conditions(
        self, source: str | None, filter: JobFilter, before: tuple[float, str] | None, beyond: str
    ) -> tuple[list[str], Values]:
        """All conditions except the states."""
        values: Values = {name: value for name in FILTERS if (value := getattr(filter, name)) is not None}
        conditions = [self._queries[f"only_{name}"] for name in values]
        conditions += [self._queries[f"only_{name}"] for name in FLAGS if getattr(filter, name)]
        if filter.search:
            conditions.append(self._queries["only_search"])
            values["search"] = filter.search.lower()
        if filter.has_label is not None:
            few = self._counted("named_label", name=filter.has_label) <= FEW
            conditions.append(self._queries["only_has_rare_label" if few else "only_has_label"])
            values["has_label"] = filter.has_label
        for number, (name, value) in enumerate(filter.labels.items()):
            is_source = number == 0 and source == "labels"
            only = self._queries["only_first_label" if is_source else "only_label"]
            conditions.append(only.replace(":label_", f":label_{number}_"))
            values[f"label_{number}_name"], values[f"label_{number}_value"] = name, value
        if before is not None:
            conditions.append(self._queries[beyond])
            values["before_at"], values["before_id"] = before
        return conditions, values

    def state_of(self, job_id: str) -> JobState:
        """The state of a job, without its steps. Raises NotFound."""
        from gitflow.stores.protocols.jobs import JobState  # not at the top: making its classes costs every start

        row = self._first("state_of", id=job_id)
        if row is None:
            raise NotFound("job", job_id)
        return JobState(JobStatus(row["status"]), row["owner_id"], row["parent_job_id"], row["version"])

    def task_of(self, job_id: str) -> tuple[str, str]:
        """(workspace, task name). Raises NotFound."""
        row = self._first("task_of", id=job_id)
        if row is None:
            raise NotFound("job", job_id)
        return row["workspace"], row["task_name"]

    def tasks(self) -> list[tuple[str, str]]:
        """(workspace, task name) of every task that has jobs, even if it is not defined any more."""
        return [(row["workspace"], row["task_name"]) for row in self._all("tasks_with_jobs")]

    def open_jobs(self, owner_id: str) -> list[str]:
        return self._values("open_jobs", owner_id=owner_id)

    def owners(self) -> list[str]:
        return self._values("owners")

    def children(self, parent_job_id: str) -> list[tuple[str, str, JobStatus]]:
        found = self._all("children", parent_job_id=parent_job_id)
        return [(row["id"], row["parent_step"], JobStatus(row["status"])) for row in found]

    def chain(self, job_id: str) -> list[str]:
        return self._values("chain", id=job_id)

    def first_of_chain(self, job_id: str) -> str:
        return self._value("first_of_chain", id=job_id)

    def due(self, owner_id: str, until: float) -> list[DueTimer]:
        """What becomes due for the open jobs of an owner, soonest first. Without a step, it is the time limit of a
        job."""
        from gitflow.stores.protocols.jobs import DueTimer  # not at the top: making its classes costs every start

        return [DueTimer(**row) for row in self._all("due", owner_id=owner_id, until=until)]


def _states(filter: JobFilter, statuses: tuple[str, ...]) -> list[dict[str, str]]:
    """The states and sources of which an index has a list each, in order; none: the list is not merged."""
    is_by_source = not any(getattr(filter, name) is not None for name in OF_OTHER_INDEXES)
    if filter.workspace is not None and is_by_source and (statuses or filter.source_type):
        sources = SOURCE_TYPES if filter.source_type is None else (filter.source_type,)
        return [{"status": status, "source_type": of} for status in statuses or EVERY_STATUS for of in sources]
    if filter.workspace is None and is_by_source and filter.source_type is not None:
        statuses = statuses or EVERY_STATUS
    return [{"status": status} for status in statuses]


def duration_class(seconds: float) -> int:
    """As the column of the same name: 0 below one second, then one more for each doubling, up to about 36 hours."""
    return min(int(seconds).bit_length(), LAST_DURATION_CLASS)


def statuses_of(filter: JobFilter) -> tuple[str, ...]:
    """Without a state in the filter: any state."""
    given = filter.status
    return () if given is None else (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
