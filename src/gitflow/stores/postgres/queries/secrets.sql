-- name: put_job_secrets
/* gathered by job_id; once by job_id */
INSERT INTO job_secret (job_id, texts) SELECT job_id, texts FROM unnest(:job_id, :texts) AS given (job_id, texts)
    ON CONFLICT (job_id) DO UPDATE SET texts = excluded.texts;
