-- name: instances_of_jobs
SELECT job_id, id, given FROM instance WHERE job_id IN (SELECT texts_of(:job_ids));

-- name: ended_jobs_counted
SELECT status, jobs FROM job_count
 WHERE seconds = 0 AND start = 0 AND workspace = :workspace AND task_name = :task_name
   AND status IN (SELECT texts_of(:statuses));

-- name: open_jobs_of_workspace
SELECT task_name, id FROM job WHERE workspace = :workspace AND is_open;

-- name: mass_endings
SELECT {mass_ending.columns} FROM mass_ending
 WHERE CAST(:workspace AS text) IS NULL OR (workspace = :workspace AND task_name = :task_name)
 ORDER BY asked_at;
