-- name: create_job
-- The columns are those of rows.py.
INSERT INTO job ({job.columns}) VALUES ({job.values});

-- name: save_job
-- Changes nothing when somebody saved this job since we loaded it.
UPDATE job SET {job_changes.assignments}, version = version + 1 WHERE id = :id AND version = :version;

-- name: save_step
-- A new step goes behind the others; one that is there keeps its place.
INSERT INTO step (job_id, {step.columns}) VALUES (:job_id, {step.values})
    ON CONFLICT (job_id, name) DO UPDATE SET {step_changes.excluded};

-- name: remove_step
-- An instance of a loop that runs anew; its attempts stay.
DELETE FROM step WHERE job_id = :job_id AND name = :name;

-- name: save_attempt
-- An attempt that has ended stays as it ended.
INSERT INTO attempt (job_id, step, attempt, {attempt.columns}) VALUES (:job_id, :step, :attempt, {attempt.values})
    ON CONFLICT DO UPDATE SET {attempt.excluded}
 WHERE attempt.status = 'running' OR attempt.status = 'suspended';

-- name: close_attempt
-- A suspended step was reset: the attempt that waited has ended, and the next one has a row of its own.
UPDATE attempt SET status = 'cancelled', completed_at = :at
 WHERE job_id = :job_id AND step = :step AND (status = 'running' OR status = 'suspended');

-- name: add_event
INSERT INTO event (job_id, {event.columns}) VALUES (:job_id, {event.values});

-- name: history_of
SELECT {event.columns} FROM event
 WHERE job_id = :job_id AND what IN (SELECT value FROM json_each(:whats))
 ORDER BY id;

-- name: has_snapshot
SELECT 1 FROM snapshot WHERE workspace = :workspace AND revision = :revision;

-- name: put_meta
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value;

-- name: requests
-- What waits for an owner, first asked first.
SELECT {request.qualified}
  FROM request CROSS JOIN job ON job.id = request.job_id
 WHERE request.done_at IS NULL AND job.owner_id = :owner_id
 ORDER BY request.id;
