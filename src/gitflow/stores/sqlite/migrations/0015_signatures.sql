-- What was found of the signature of a revision (JSON text), and when commits and tags were first seen.

ALTER TABLE revision ADD COLUMN signature TEXT;

-- A key must have counted when the object that it signed was first seen here.
CREATE TABLE first_seen (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace TEXT NOT NULL,
    object    TEXT NOT NULL,
    seen_at   REAL NOT NULL,
    UNIQUE (workspace, object)
) STRICT;
