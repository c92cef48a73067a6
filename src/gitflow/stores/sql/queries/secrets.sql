-- name: job_secrets
SELECT texts FROM job_secret WHERE job_id = :job_id;
