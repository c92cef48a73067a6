-- name: put_idempotency_key
-- One that has expired is taken over.
INSERT INTO idempotency_key (caller, key, digest, job_id, created_at) VALUES (:caller, :key, :digest, :job_id, :at)
    ON CONFLICT DO UPDATE
   SET digest = excluded.digest, job_id = excluded.job_id, created_at = excluded.created_at;
