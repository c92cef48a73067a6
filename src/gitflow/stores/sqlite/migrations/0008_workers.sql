-- Who runs steps, and when it was last heard of. tags holds JSON text.

CREATE TABLE worker (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    tags           TEXT NOT NULL,
    version        TEXT NOT NULL,
    registered_at  REAL NOT NULL,
    last_heartbeat REAL NOT NULL,
    running        INTEGER NOT NULL CHECK (running >= 0),
    ended_at       REAL
) STRICT;

CREATE INDEX worker_newest ON worker (registered_at, id);
CREATE INDEX job_of_worker ON job (worker_id, created_at, id) WHERE worker_id IS NOT NULL;
