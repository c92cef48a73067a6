-- name: run_tokens
SELECT DISTINCT run_token
  FROM job JOIN step ON step.job_id = job.id
 WHERE job.owner_id = :owner_id AND job.is_open AND step.status = 'running' AND step.run_token IS NOT NULL;
