-- name: ask
INSERT INTO request (job_id, operation, arguments, actor, asked_at) VALUES (?, ?, ?, ?, ?);

-- name: requests
-- What waits for an owner, first asked first.
SELECT request.id, request.job_id, operation, arguments, actor, asked_at, done_at, error
  FROM request CROSS JOIN job ON job.id = request.job_id
 WHERE request.done_at IS NULL AND job.owner_id = ?
 ORDER BY request.id;

-- name: request
SELECT id, job_id, operation, arguments, actor, asked_at, done_at, error FROM request WHERE id = ?;

-- name: answer
UPDATE request SET done_at = ?, error = ? WHERE id = ? AND done_at IS NULL;
