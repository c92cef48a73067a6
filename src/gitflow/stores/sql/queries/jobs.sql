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

-- name: delete_job
-- Only what has ended.
DELETE FROM job WHERE id = :id AND NOT is_open;

-- name: put_snapshot
INSERT INTO snapshot (workspace, revision, compiled) VALUES (:workspace, :revision, :compiled) ON CONFLICT DO NOTHING;

-- name: snapshot
SELECT compiled FROM snapshot WHERE workspace = :workspace AND revision = :revision;

-- name: delete_unused_snapshots
-- Those whose job was never made.
DELETE FROM snapshot
 WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.workspace = snapshot.workspace AND job.revision = snapshot.revision);

-- name: meta
SELECT value FROM meta WHERE key = :key;

-- name: owners
SELECT DISTINCT owner_id FROM job
 WHERE owner_id IS NOT NULL AND is_open
 ORDER BY owner_id;
