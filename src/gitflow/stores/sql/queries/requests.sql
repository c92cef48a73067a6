-- name: add_request
-- Adds nothing if the job has been deleted.
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
-- The oldest first, and so few at once that no request has to wait.
DELETE FROM idempotency_key
 WHERE (caller, key) IN (SELECT caller, key FROM idempotency_key WHERE created_at < :before ORDER BY created_at LIMIT :at_most);

-- name: put_idempotency_key
-- A key that has expired can be used again.
INSERT INTO idempotency_key (caller, key, digest, job_id, created_at) VALUES (:caller, :key, :digest, :job_id, :at)
    ON CONFLICT (caller, key) DO UPDATE
   SET digest = excluded.digest, job_id = excluded.job_id, created_at = excluded.created_at;
