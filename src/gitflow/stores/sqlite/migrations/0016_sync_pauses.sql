-- Workspaces that an operator has stopped from following their remote branch.

CREATE TABLE sync_pause (
    workspace TEXT PRIMARY KEY,
    at        REAL NOT NULL,
    actor     TEXT NOT NULL,
    reason    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
