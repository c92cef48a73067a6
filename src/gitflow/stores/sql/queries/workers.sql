-- name: register_worker
-- An agent that comes back has a row already.
INSERT INTO worker (id, name, tags, version, registered_at, last_heartbeat, running, slots, kind)
VALUES (:id, :name, :tags, :version, :at, :at, 0, :slots, :kind)
    ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, tags = excluded.tags, version = excluded.version, slots = excluded.slots,
       last_heartbeat = excluded.last_heartbeat, ended_at = NULL;

-- name: agents
SELECT id FROM worker WHERE kind = 'agent';

-- name: beat_worker
UPDATE worker SET last_heartbeat = :at, running = :running WHERE id = :id;

-- name: end_worker
UPDATE worker SET ended_at = :at, last_heartbeat = :at, running = 0 WHERE id = :id;

-- name: forget_workers
-- Those that were not heard of since.
DELETE FROM worker WHERE last_heartbeat < :before;

-- name: workers
-- Newest first.
SELECT {worker.columns}
  FROM worker
 ORDER BY registered_at DESC, id DESC
 LIMIT :limit OFFSET :offset;

-- name: worker
SELECT {worker.columns} FROM worker WHERE id = :id;
