"""The parts of an SQL store besides its jobs."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.stores.sql.session import Session

#: The stores that only some commands need, by name. Each is opened on first use.
PARTS = {
    "artifact_names": ("gitflow.stores.sql.artifacts", "SqlArtifacts"),
    "workers": ("gitflow.stores.sql.workers", "SqlWorkers"),
    "reports": ("gitflow.stores.sql.reports", "SqlReports"),
    "groups": ("gitflow.stores.sql.concurrency", "SqlGroups"),
    "takeovers": ("gitflow.stores.sql.takeovers", "SqlTakeovers"),
    "identity": ("gitflow.stores.sql.identity", "SqlIdentity"),
    "revisions": ("gitflow.stores.sql.revisions", "SqlRevisions"),
    "retention": ("gitflow.stores.sql.retention", "SqlRetention"),
    "triggers": ("gitflow.stores.sql.triggers", "SqlTriggers"),
    "instances": ("gitflow.stores.sql.instances", "SqlInstances"),
    "numbers": ("gitflow.stores.sql.numbers", "SqlNumbers"),
    "outputs": ("gitflow.stores.sql.outputs", "SqlOutputs"),
}


def open_part(jobs: Session, name: str) -> Session:
    """Opens another store on the same connection and in the same transactions."""
    module, kind = PARTS[name]
    return jobs.beside(getattr(importlib.import_module(module), kind))
