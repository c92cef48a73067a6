-- name: add_request
-- Nothing where the job has been deleted.
INSERT INTO request (job_id, operation, arguments, actor, asked_at)
SELECT id, :operation, :arguments, :actor, :asked_at FROM job WHERE id = :job_id
RETURNING id;

-- name: request
SELECT {request.columns} FROM request WHERE id = :id;

-- name: answer
UPDATE request SET done_at = :done_at, error = :error, code = :code, result = :result WHERE id = :id AND done_at IS NULL;

-- name: idempotency_key
SELECT digest, job_id, created_at FROM idempotency_key WHERE caller = :caller AND key = :key;

-- name: drop_idempotency_keys
-- The oldest first, and no more at once than nobody notices.
DELETE FROM idempotency_key
 WHERE (caller, key) IN (SELECT caller, key FROM idempotency_key WHERE created_at < :before ORDER BY created_at LIMIT :at_most);
