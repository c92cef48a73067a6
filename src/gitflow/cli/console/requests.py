"""Records for backend calls that take more than a few arguments."""

from __future__ import annotations

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import JsonObject


class LogQuery(Record):
    id: str  #: of the job, or a unique beginning of it
    follow: bool = False
    step: str | None = None
    stream: str | None = None
    tail: int | None = None
    since_seq: int = 0


class JobOperation(Record):
    """An operation on jobs, and how its result is printed."""

    command: str  #: as it was typed: ``retry-step``
    ids: tuple[str, ...] = ()  #: of the jobs, or unique beginnings of them
    arguments: JsonObject = field(default_factory=dict[str, "object"])  #: as ``operations.by_name`` takes them
    filters: tuple[str, ...] = ()  #: instead of ids
    yes: bool = False
    dry_run: bool = False
    latest: bool = False  #: retry by the task as it is defined now
    workspace: str | None = None  #: where that task is looked up
    output: str = "table"
    quiet: bool = False
    env: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether people read the result."""
        return self.output == "table"

    def check(self) -> None:
        """Raises InvalidInput for options that contradict each other."""
        if self.latest and (self.filters or self.dry_run):
            raise InvalidInput("--latest takes the id of one job" + (", and no --dry-run" if self.dry_run else ""))
        if bool(self.ids) is bool(self.filters):
            raise InvalidInput("name jobs by their ids, or by --filter, and not both")


class Selection(Record):
    """The jobs that an operation would change."""

    ids: tuple[str, ...]
    remaining: int = 0  #: more jobs that match the filter, beyond what one call changes
    is_complete: bool = True  #: whether every id that was given is one of a job
