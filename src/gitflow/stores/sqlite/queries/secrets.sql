-- name: put_job_secrets
INSERT INTO job_secret (job_id, texts) VALUES (?, ?) ON CONFLICT DO UPDATE SET texts = excluded.texts;

-- name: job_secrets
SELECT texts FROM job_secret WHERE job_id = ?;
