"""The texts that the published API pages fix, word for word: programs and people compare them.

Each is a string in the module that sends it. What the answers look like as a whole is tested with their routes.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

API = Path(__file__).parents[2] / "src" / "gitflow" / "api"

#: Text -> the module that sends it.
FIXED = {
    # the native API
    "Invalid email or password": "auth/sign_in.py",
    "Invalid or missing secret": "routes/webhooks.py",
    "Webhook not found": "routes/webhooks.py",
    "go on with since_seq=": "routes/live.py",
    "Bad request (invalid input, missing fields)": "http/errors.py",
    "Unauthorized (missing or invalid token)": "http/errors.py",
    "Not found (unknown task, job, or step)": "http/errors.py",
    "Internal server error": "http/errors.py",
    # jobs, triggers, connections
    "event published to queue": "dialects/komand/routes.py",
    "trigger event published to queue": "dialects/komand/routes.py",
    "checkpermission: You do not have the right permissions to access this resource": "dialects/komand/dialect.py",
    "ACCESS_DENIED": "dialects/komand/dialect.py",
    # workflow runs
    "project_id is required": "dialects/workflow_runs/runs.py",
    "authentication_required": "dialects/workflow_runs/dialect.py",
    "validation_failed": "dialects/workflow_runs/dialect.py",
    # agents, messages, workflows
    "Unauthorized": "dialects/activeworkflow/dialect.py",
    "Record not found": "dialects/activeworkflow/dialect.py",
    "exported-agents": "dialects/activeworkflow/views.py",
    # Cloudflare Workflows
    "Authentication error: ": "dialects/cloudflare/envelope.py",
    "workflows.api.error.workflow.not_found": "dialects/cloudflare/envelope.py",
    "workflows.api.error.version.not_found": "dialects/cloudflare/envelope.py",
    "workflows.api.error.instance.not_found": "dialects/cloudflare/envelope.py",
    "workflows.api.error.instance.already_exists": "dialects/cloudflare/envelope.py",
    "workflows.api.error.instance.duplicate_in_batch": "dialects/cloudflare/envelope.py",
    "workflows.api.error.instance.cannot_terminate": "dialects/cloudflare/envelope.py",
    "x-should-retry": "dialects/cloudflare/envelope.py",
    "Instance not in a restartable state: ": "dialects/cloudflare/operations.py",
    '(instance.cannot_restart) Step "': "dialects/cloudflare/operations.py",
    '" not found in execution history': "dialects/cloudflare/operations.py",
    "; workflows are managed by git: edit ": "dialects/cloudflare/workflows.py",
    "[truncated output]": "dialects/cloudflare/steps.py",
    "WorkflowTimeoutError": "dialects/cloudflare/views.py",
}


def strings_of(module: str) -> set[str]:
    """Every string of a module, and every literal part of one with values in it."""
    tree = ast.parse((API / module).read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(("text", "module"), FIXED.items())
def test_a_published_text_stays_word_for_word(text: str, module: str) -> None:
    assert text in strings_of(module)
