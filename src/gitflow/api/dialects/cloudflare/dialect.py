"""Cloudflare Workflows (``/accounts/…/workflows``): workspaces are accounts, tasks workflows, jobs instances.

The same routes are served under ``/client/v4``, the base path that its clients expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.base import Dialect
from gitflow.api.dialects.cloudflare import accounts, instances, operations, parameters, workflows
from gitflow.api.dialects.cloudflare.envelope import credential, error_response
from gitflow.api.dialects.cloudflare.lookup import resource_of_account, resource_of_workflow
from gitflow.api.dialects.cloudflare.schemas import SCHEMAS
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.api.http.parameters import QueryParameter
    from gitflow.api.http.route import Finder, Handler

MOUNTS = ("", "/client/v4")
ACCOUNTS = "/accounts"
ACCOUNT = f"{ACCOUNTS}/{{account_id}}"
WORKFLOWS = f"{ACCOUNT}/workflows"
WORKFLOW = f"{WORKFLOWS}/{{workflow_name}}"
INSTANCES = f"{WORKFLOW}/instances"
INSTANCE = f"{INSTANCES}/{{instance_id}}"
VERSIONS = f"{WORKFLOW}/versions"
VERSION = f"{VERSIONS}/{{version_id}}"

#: Scopes of API keys.
READ, WRITE, START = "", "workflows:write", "workflows:trigger"

#: Method, path, handler, summary, schema of a successful answer, scope (READ: only the right to view), query.
TABLE: tuple[tuple[str, str, Handler, str, str, str, tuple[QueryParameter, ...]], ...] = (
    ("GET", ACCOUNTS, accounts.list_accounts, "List accounts", "AccountsEnclosed", READ, parameters.ACCOUNTS),
    (
        *("GET", "/memberships", accounts.list_memberships, "List memberships"),
        *("MembershipsEnclosed", READ, parameters.ACCOUNTS),
    ),
    ("GET", ACCOUNT, accounts.get_account, "Get an account", "AccountEnclosed", READ, ()),
    ("GET", f"{WORKFLOWS}/settings", accounts.get_settings, "Get the settings", "SettingsEnclosed", READ, ()),
    ("PATCH", f"{WORKFLOWS}/settings", accounts.edit_settings, "Confirm the settings", "SettingsEnclosed", READ, ()),
    ("GET", WORKFLOWS, workflows.list_workflows, "List all workflows", "WorkflowsEnclosed", READ, parameters.WORKFLOWS),
    ("PUT", WORKFLOW, workflows.put_workflow, "Confirm a workflow", "WorkflowPutEnclosed", READ, ()),
    ("GET", WORKFLOW, workflows.get_workflow, "Get workflow details", "WorkflowEnclosed", READ, ()),
    ("DELETE", WORKFLOW, workflows.delete_workflow, "Delete all instances", "WorkflowDeletedEnclosed", WRITE, ()),
    ("POST", INSTANCES, instances.create_instance, "Create an instance", "InstanceMadeEnclosed", START, ()),
    ("GET", INSTANCES, instances.list_instances, "List instances", "InstancesEnclosed", READ, parameters.INSTANCES),
    ("POST", f"{INSTANCES}/batch", instances.create_batch, "Create instances", "InstancesMadeEnclosed", START, ()),
    (
        *("POST", f"{INSTANCES}/batch/terminate", operations.terminate_batch, "Terminate instances"),
        *("InstancesTerminatedEnclosed", WRITE, ()),
    ),
    (
        *("POST", f"{INSTANCES}/batch/delete", operations.delete_batch, "Delete instances"),
        *("InstancesDeletedEnclosed", WRITE, ()),
    ),
    (
        *("PUT", f"{INSTANCES}/terminate", operations.terminate_all, "Terminate all instances in the background"),
        *("InstancesEndingEnclosed", WRITE, parameters.TERMINATE),
    ),
    (
        *(
            "GET",
            f"{INSTANCES}/terminate",
            operations.terminate_status,
            "Get whether all instances are being terminated",
        ),
        *("InstancesEndingStatusEnclosed", READ, ()),
    ),
    ("GET", INSTANCE, instances.get_instance, "Get logs and status", "InstanceEnclosed", READ, parameters.INSTANCE),
    ("DELETE", INSTANCE, operations.delete_instance, "Delete an instance", "InstanceDoneEnclosed", WRITE, ()),
    ("GET", f"{INSTANCE}/step", instances.get_step, "Get one step", "InstanceStepEnclosed", READ, parameters.STEP),
    ("PATCH", f"{INSTANCE}/status", operations.edit_status, "Change the status", "InstanceChangedEnclosed", WRITE, ()),
    (
        *("POST", f"{INSTANCE}/events/{{event_type}}", operations.send_event, "Send an event"),
        *("InstanceDoneEnclosed", WRITE, ()),
    ),
    ("GET", VERSIONS, workflows.list_versions, "List versions", "VersionsEnclosed", READ, parameters.PAGES),
    ("GET", VERSION, workflows.get_version, "Get a version", "VersionEnclosed", READ, ()),
    ("GET", f"{VERSION}/dag", workflows.get_dag, "Get the flow of a version", "GraphEnclosed", READ, ()),
    ("GET", f"{VERSION}/graph", workflows.get_graph, "Get the flow of a version", "GraphEnclosed", READ, ()),
)


def _routes() -> Iterator[Route]:
    """Each row of the table once for each mount."""
    for mount in MOUNTS:
        for method, path, handler, summary, schema, scope, query in TABLE:
            yield Route(
                method,
                mount + path,
                handler,
                "run" if scope else "view",
                summary,
                tag="cloudflare-workflows",
                query=query,
                answer=schema,
                also=(404, 409, 503),
                raw_body=True,
                error="CloudflareError",
                scope=scope,
                resource=_finder(method, path),
                listed=not mount,
            )


def _finder(method: str, path: str) -> Finder | None:
    """PUT may name a workflow that does not exist, so only its account is checked."""
    if path.startswith(WORKFLOW) and method != "PUT":
        return resource_of_workflow
    if path.startswith(INSTANCES):
        return resource_of_workflow
    return resource_of_account if path.startswith(ACCOUNT) else None


DIALECT = Dialect("cloudflare", tuple(_routes()), SCHEMAS, error_response, credential)
