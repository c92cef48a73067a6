-- name: expired_jobs
-- Found along job_newest, oldest first.
SELECT rowid FROM job
 WHERE created_at < :before AND NOT is_open AND completed_at < :before
   AND NOT EXISTS (SELECT 1 FROM job AS part WHERE part.parent_job_id = job.id AND part.is_open)
   AND NOT EXISTS (SELECT 1 FROM job AS again WHERE again.retry_of_job_id = job.id AND again.is_open)
   AND NOT EXISTS (SELECT 1 FROM job AS whole WHERE (whole.id = job.parent_job_id OR whole.id = job.root_job_id)
                                                AND (whole.is_open OR whole.completed_at >= :before))
 ORDER BY created_at
 LIMIT :at_most;

-- name: sizes_of
SELECT id, (SELECT count(*) FROM step WHERE job_id = job.id) AS steps FROM job WHERE rowid IN ({expired}) ORDER BY created_at;

-- name: expired_events
SELECT event.id FROM event CROSS JOIN job ON job.id = event.job_id
 WHERE event.at < :before AND NOT job.is_open
 ORDER BY event.id
 LIMIT :at_most;

-- name: expired_artifacts
SELECT artifact.job_id, step, artifact.attempt, name
  FROM job CROSS JOIN artifact ON artifact.job_id = job.id
 WHERE job.created_at < :before AND NOT job.is_open AND job.completed_at < :before
 ORDER BY job.created_at
 LIMIT :at_most;

-- name: has_lines_of
SELECT 1 FROM json_each(:job_ids) AS wanted WHERE EXISTS (SELECT 1 FROM chunk WHERE job_id = wanted.value) LIMIT 1;
