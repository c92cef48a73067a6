"""The columns of the tables: heading -> key of the JSON."""

from __future__ import annotations

EXPLANATIONS = {"STEP": "step_name", "STATUS": "status", "WHY": "explanation"}
HISTORY = {"AT": "at", "ACTOR": "actor", "WHAT": "what", "STEP": "step_name", "DETAILS": "details"}

TASKS = {"TASK": "name", "FOLDER": "folder", "MODE": "mode", "TRIGGERS": "has_triggers", "DESCRIPTION": "description"}
ACTIONS = {"ACTION": "name", "TYPE": "type", "TAGS": "tags", "DESCRIPTION": "description"}
TRIGGERS = {"TRIGGER": "name", "TYPE": "type", "TASK": "task", "ENABLED": "enabled", "CRON": "cron", "NEXT": "next"}
DEFINITIONS = {"tasks": TASKS, "actions": ACTIONS, "triggers": TRIGGERS}

WORKSPACES = {
    "WORKSPACE": "name",
    "TASKS": "tasks_count",
    "ACTIONS": "actions_count",
    "TRIGGERS": "triggers_count",
    "BRANCH": "branch",
    "REVISION": "revision",
    "SYNC": "sync",
    "ERROR": "error",
}

USERS = {
    "EMAIL": "email",
    "NAME": "name",
    "ADMIN": "is_admin",
    "GROUPS": "groups",
    "DISABLED": "disabled",
    "LAST LOGIN": "last_login_at",
}
KEYS = {
    "NAME": "name",
    "KEY": "hint",
    "SCOPES": "scopes",
    "WORKSPACE": "workspace",
    "WORKSPACES": "workspaces",
    "EXPIRES": "expires_at",
    "REVOKED": "revoked_at",
    "LAST USED": "last_used_at",
}
AUDIT = {
    "AT": "at",
    "ACTOR": "actor",
    "KEY": "api_key",
    "FROM": "address",
    "WHAT": "what",
    "WORKSPACE": "workspace",
    "SUBJECT": "subject",
    "OUTCOME": "outcome",
}
