-- name: register_worker
INSERT INTO worker (id, name, tags, version, registered_at, last_heartbeat, running, slots)
VALUES (:id, :name, :tags, :version, :at, :at, 0, :slots);

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
