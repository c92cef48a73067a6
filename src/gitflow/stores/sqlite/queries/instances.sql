-- name: put_instance
INSERT INTO instance (workspace, task_name, id, job_id, given) VALUES (?, ?, ?, ?, ?);

-- name: job_of_instance
-- By its own name; or by the job's id, which also names jobs that were given no name.
SELECT job_id FROM instance WHERE workspace = :workspace AND task_name = :task_name AND id = :id
 UNION ALL
SELECT id FROM job WHERE id = :id AND workspace = :workspace AND task_name = :task_name
 LIMIT 1;

-- name: instances_of_jobs
SELECT job_id, id, given FROM instance WHERE job_id IN (SELECT value FROM json_each(?));

-- name: ended_jobs_counted
SELECT status, count(*) FROM job INDEXED BY job_ended
 WHERE workspace = ? AND task_name = ? AND NOT is_open
 GROUP BY status;

-- name: open_jobs_of_workspace
SELECT task_name, id FROM job INDEXED BY job_open WHERE workspace = ? AND is_open;

-- name: revisions_of_task
SELECT DISTINCT revision FROM job WHERE workspace = ? AND task_name = ?;

-- name: add_mass_ending
INSERT INTO mass_ending (workspace, task_name, asked_at, actor, only_status, deletes)
VALUES (:workspace, :task_name, :asked_at, :actor, :only_status, :deletes)
    ON CONFLICT DO NOTHING;

-- name: mass_endings
SELECT workspace, task_name, asked_at, actor, only_status, deletes FROM mass_ending
 WHERE :workspace IS NULL OR (workspace = :workspace AND task_name = :task_name)
 ORDER BY asked_at;

-- name: remove_mass_ending
DELETE FROM mass_ending WHERE workspace = ? AND task_name = ?;
