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

-- name: job
-- The columns are those of rows.py.
SELECT {job.columns} FROM job WHERE id = :id;

-- name: steps
-- Those of StepRun, in flow order.
SELECT {step.columns} FROM step WHERE job_id = :job_id ORDER BY position;

-- name: attempts
SELECT step, attempt, {attempt.columns} FROM attempt WHERE job_id = :job_id ORDER BY step, attempt;

-- name: history
SELECT {event.columns} FROM event WHERE job_id = :job_id ORDER BY id;

-- name: made_from
-- The revision of a job and its commit.
SELECT revision, git_commit FROM job WHERE id = :id;

-- name: history_of
SELECT {event.columns} FROM event
 WHERE job_id = :job_id AND what IN (SELECT value FROM json_each(:whats))
 ORDER BY id;

-- name: delete_job
-- Only what has ended.
DELETE FROM job WHERE id = :id AND NOT is_open;

-- name: put_snapshot
INSERT INTO snapshot (workspace, revision, compiled) VALUES (:workspace, :revision, :compiled) ON CONFLICT DO NOTHING;

-- name: has_snapshot
SELECT 1 FROM snapshot WHERE workspace = :workspace AND revision = :revision;

-- name: snapshot
SELECT compiled FROM snapshot WHERE workspace = :workspace AND revision = :revision;

-- name: delete_unused_snapshots
-- Those whose job was never made.
DELETE FROM snapshot
 WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.workspace = snapshot.workspace AND job.revision = snapshot.revision);

-- name: meta
SELECT value FROM meta WHERE key = :key;

-- name: put_meta
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value;

-- name: owners
SELECT DISTINCT owner_id FROM job
 WHERE owner_id IS NOT NULL AND is_open
 ORDER BY owner_id;

-- name: requests
-- What waits for an owner, first asked first.
SELECT {request.qualified}
  FROM request CROSS JOIN job ON job.id = request.job_id
 WHERE request.done_at IS NULL AND job.owner_id = :owner_id
 ORDER BY request.id;
