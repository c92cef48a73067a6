-- What was loaded of each workspace, and when: accepted, or refused with its problems (JSON text).

CREATE TABLE revision (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace    TEXT NOT NULL,
    revision     TEXT NOT NULL,
    loaded_at    REAL NOT NULL,
    is_accepted  INTEGER NOT NULL CHECK (is_accepted = 0 OR is_accepted = 1),
    is_dirty     INTEGER NOT NULL CHECK (is_dirty = 0 OR is_dirty = 1),
    branch       TEXT,
    commit_sha   TEXT,
    author       TEXT,
    message      TEXT,
    committed_at REAL,
    problems     TEXT
) STRICT;

CREATE INDEX revision_of_workspace ON revision (workspace, id);
