-- name: open_with_workspace
SELECT id, workspace FROM job WHERE owner_id = :owner_id AND is_open ORDER BY created_at, id;

-- name: give_job
UPDATE job SET owner_id = :to_owner, version = version + 1 WHERE id = :id AND owner_id = :from_owner AND is_open;

-- name: announced
SELECT details, step, attempt FROM event
 WHERE job_id = :job_id AND (what = 'hook.started' OR what = 'hook.refused' OR what = 'job.retried');
