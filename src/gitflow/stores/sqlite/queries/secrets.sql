-- name: put_job_secrets
INSERT INTO job_secret (job_id, texts) VALUES (:job_id, :texts) ON CONFLICT DO UPDATE SET texts = excluded.texts;
