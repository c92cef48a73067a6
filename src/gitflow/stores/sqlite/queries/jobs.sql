-- name: create_job
-- The columns are those of rows.py.
INSERT INTO job ({job.columns}) VALUES ({job.values});

-- name: save_job
-- Changes nothing if another process has saved the job since it was loaded.
UPDATE job SET {job_changes.assignments}, version = version + 1 WHERE id = :id AND version = :version;

-- name: save_step
-- A new step is put after the others; an existing step keeps its position.
INSERT INTO step (job_id, {step.columns}) VALUES (:job_id, {step.values})
    ON CONFLICT (job_id, name) DO UPDATE SET {step_changes.excluded};

-- name: remove_step
-- An instance of a loop that will run again. Its attempts stay.
DELETE FROM step WHERE job_id = :job_id AND name = :name;

-- name: save_attempt
-- An attempt that has ended is not changed any more.
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

-- name: requests
-- The unanswered requests to an owner, oldest first.
SELECT {request.qualified}
  FROM request CROSS JOIN job ON job.id = request.job_id
 WHERE request.done_at IS NULL AND job.owner_id = :owner_id
 ORDER BY request.id;
