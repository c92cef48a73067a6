"""Cloudflare Workflows (``/accounts/…/workflows``): workspaces are accounts, tasks workflows, jobs instances.

The same stands under ``/client/v4``, where its clients look for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.base import Dialect
from gitflow.api.dialects.cloudflare import accounts, instances, workflows
from gitflow.api.dialects.cloudflare import operations as changing
from gitflow.api.dialects.cloudflare import parameters as asked
from gitflow.api.dialects.cloudflare.envelope import credential, refuse
from gitflow.api.dialects.cloudflare.lookup import resource_of_account, resource_of_workflow
from gitflow.api.dialects.cloudflare.shapes import SHAPES
from gitflow.api.dialects.cloudflare.terminate_all import Terminator
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.api.http.context import Context
    from gitflow.api.http.parameters import Parameter
    from gitflow.api.http.route import Finder, Handler
    from gitflow.runtime.background import BackgroundLoop

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

#: Method, path, what answers, what it does, the shape of a good answer, what is needed, and the query.
TABLE: tuple[tuple[str, str, Handler, str, str, str, tuple[Parameter, ...]], ...] = (
    ("GET", ACCOUNTS, accounts.list_accounts, "List accounts", "AccountsEnclosed", READ, asked.ACCOUNTS),
    ("GET", "/memberships", accounts.list_memberships, "List memberships", "MembershipsEnclosed", READ, asked.ACCOUNTS),
    ("GET", ACCOUNT, accounts.get_account, "Get an account", "AccountEnclosed", READ, ()),
    ("GET", f"{WORKFLOWS}/settings", accounts.get_settings, "Get the settings", "SettingsEnclosed", READ, ()),
    ("PATCH", f"{WORKFLOWS}/settings", accounts.edit_settings, "Confirm the settings", "SettingsEnclosed", READ, ()),
    ("GET", WORKFLOWS, workflows.list_workflows, "List all workflows", "WorkflowsEnclosed", READ, asked.WORKFLOWS),
    ("PUT", WORKFLOW, workflows.put_workflow, "Confirm a workflow", "WorkflowPutEnclosed", READ, ()),
    ("GET", WORKFLOW, workflows.get_workflow, "Get workflow details", "WorkflowEnclosed", READ, ()),
    ("DELETE", WORKFLOW, workflows.delete_workflow, "Delete all instances", "WorkflowDeletedEnclosed", WRITE, ()),
    ("POST", INSTANCES, instances.create_instance, "Create an instance", "InstanceMadeEnclosed", START, ()),
    ("GET", INSTANCES, instances.list_instances, "List instances", "InstancesEnclosed", READ, asked.INSTANCES),
    ("POST", f"{INSTANCES}/batch", instances.create_batch, "Create instances", "InstancesMadeEnclosed", START, ()),
    (
        *("POST", f"{INSTANCES}/batch/terminate", changing.terminate_batch, "Terminate instances"),
        *("InstancesTerminatedEnclosed", WRITE, ()),
    ),
    (
        *("POST", f"{INSTANCES}/batch/delete", changing.delete_batch, "Delete instances"),
        *("InstancesDeletedEnclosed", WRITE, ()),
    ),
    (
        *("PUT", f"{INSTANCES}/terminate", changing.terminate_all, "Terminate all instances in the background"),
        *("InstancesEndingEnclosed", WRITE, asked.TERMINATE),
    ),
    (
        *("GET", f"{INSTANCES}/terminate", changing.terminate_status, "Tell whether all are being terminated"),
        *("InstancesEndingStatusEnclosed", READ, ()),
    ),
    ("GET", INSTANCE, instances.get_instance, "Get logs and status", "InstanceEnclosed", READ, asked.INSTANCE),
    ("DELETE", INSTANCE, changing.delete_instance, "Delete an instance", "InstanceDoneEnclosed", WRITE, ()),
    ("GET", f"{INSTANCE}/step", instances.get_step, "Get one step", "InstanceStepEnclosed", READ, asked.STEP),
    ("PATCH", f"{INSTANCE}/status", changing.edit_status, "Change the status", "InstanceChangedEnclosed", WRITE, ()),
    (
        *("POST", f"{INSTANCE}/events/{{event_type}}", changing.send_event, "Send an event"),
        *("InstanceDoneEnclosed", WRITE, ()),
    ),
    ("GET", VERSIONS, workflows.list_versions, "List versions", "VersionsEnclosed", READ, asked.PAGES),
    ("GET", VERSION, workflows.get_version, "Get a version", "VersionEnclosed", READ, ()),
    ("GET", f"{VERSION}/dag", workflows.get_dag, "Get the flow of a version", "GraphEnclosed", READ, ()),
    ("GET", f"{VERSION}/graph", workflows.get_graph, "Get the flow of a version", "GraphEnclosed", READ, ()),
)


def _routes() -> Iterator[Route]:
    """Under ``/client/v4`` they are the same once more."""
    for mount in MOUNTS:
        for method, path, handler, summary, shape, scope, query in TABLE:
            yield Route(
                method,
                mount + path,
                handler,
                "run" if scope else "view",
                summary,
                tag="cloudflare-workflows",
                query=query,
                answer=shape,
                also=(404, 409, 503),
                raw_body=True,
                error="CloudflareError",
                scope=scope,
                resource=_finder(method, path),
                listed=not mount,
            )


def _finder(method: str, path: str) -> Finder | None:
    """Who says what a workflow is to be need not name one that there is."""
    if path.startswith(WORKFLOW) and method != "PUT":
        return resource_of_workflow
    if path.startswith(INSTANCES):
        return resource_of_workflow
    return resource_of_account if path.startswith(ACCOUNT) else None


PREFIXES = ("/client/v4/", "/accounts/", "/memberships/")


def _loop_of(context: Context) -> BackgroundLoop:
    return context.part(Terminator).loop


DIALECT = Dialect("cloudflare", PREFIXES, tuple(_routes()), SHAPES, refuse, credential=credential, loop=_loop_of)
