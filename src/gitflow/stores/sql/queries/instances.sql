-- name: put_instance
INSERT INTO instance (workspace, task_name, id, job_id, given) VALUES (:workspace, :task_name, :id, :job_id, :given);

-- name: job_of_instance
-- By its own name; or by the job's id, which also names jobs that were given no name.
SELECT job_id FROM instance WHERE workspace = :workspace AND task_name = :task_name AND id = :id
 UNION ALL
SELECT id AS job_id FROM job WHERE id = :id AND workspace = :workspace AND task_name = :task_name
 LIMIT 1;

-- name: revisions_of_task
SELECT DISTINCT revision FROM job WHERE workspace = :workspace AND task_name = :task_name;

-- name: add_mass_ending
INSERT INTO mass_ending ({mass_ending.columns}) VALUES ({mass_ending.values})
    ON CONFLICT DO NOTHING;

-- name: remove_mass_ending
DELETE FROM mass_ending WHERE workspace = :workspace AND task_name = :task_name;
