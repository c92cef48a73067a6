-- name: create_job
-- The columns are rows.FIXED and then rows.MOVING, in their order.
INSERT INTO job (id, workspace, revision, task_name, mode, input, labels, source_type, source_id, source_actor, depth,
                 parent_job_id, parent_step, root_job_id, retry_of_job_id, hook, anew, created_at,
                 group_name, group_limit, on_limit, starts_at, traceparent,
                 status, open_steps, busy_steps, output, error_message, priority, owner_id, worker_id, attempt,
                 reopened, started_at, completed_at, expires_at, cancel_requested_at, cancel_status, paused_at,
                 restart_by, sent_events, also_requested_by, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?, ?, ?);

-- name: save_job
-- Changes nothing when somebody saved this job since we loaded it. The columns are rows.MOVING, in their order.
UPDATE job
   SET status = ?, open_steps = ?, busy_steps = ?, output = ?, error_message = ?, priority = ?, owner_id = ?,
       worker_id = ?, attempt = ?, reopened = ?, started_at = ?, completed_at = ?, expires_at = ?,
       cancel_requested_at = ?, cancel_status = ?, paused_at = ?, restart_by = ?, sent_events = ?,
       also_requested_by = ?, version = version + 1
 WHERE id = ? AND version = ?;

-- name: save_step
-- A new step goes behind the others; one that is there keeps its place. The columns are rows.STEP, in their order.
INSERT INTO step (job_id, name, status, attempt, open_needs, first_attempt, loop_of, loop_index, loop_total, item,
                  started_instances, ended_instances, input, output, exit_code, error_message, skip_reason, skipped_by,
                  worker_id, child_job_id, run_token, ready_at, started_at, suspended_at, completed_at, due_at,
                  is_ahead)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (job_id, name) DO UPDATE
   SET status = excluded.status, attempt = excluded.attempt, open_needs = excluded.open_needs,
       first_attempt = excluded.first_attempt, loop_of = excluded.loop_of, loop_index = excluded.loop_index,
       loop_total = excluded.loop_total, item = excluded.item, started_instances = excluded.started_instances,
       ended_instances = excluded.ended_instances, input = excluded.input, output = excluded.output,
       exit_code = excluded.exit_code, error_message = excluded.error_message, skip_reason = excluded.skip_reason,
       skipped_by = excluded.skipped_by, worker_id = excluded.worker_id, child_job_id = excluded.child_job_id, run_token = excluded.run_token,
       ready_at = excluded.ready_at, started_at = excluded.started_at, suspended_at = excluded.suspended_at,
       completed_at = excluded.completed_at, due_at = excluded.due_at, is_ahead = excluded.is_ahead;

-- name: remove_step
-- An instance of a loop that runs anew; its attempts stay.
DELETE FROM step WHERE job_id = ? AND name = ?;

-- name: save_attempt
-- An attempt that has ended stays as it ended.
INSERT INTO attempt (job_id, step, attempt, status, exit_code, started_at, completed_at, error_message, worker_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE
   SET status = excluded.status, exit_code = excluded.exit_code, started_at = excluded.started_at,
       completed_at = excluded.completed_at, error_message = excluded.error_message, worker_id = excluded.worker_id
 WHERE attempt.status = 'running' OR attempt.status = 'suspended';

-- name: close_attempt
-- A suspended step was reset: the attempt that waited has ended, and the next one has a row of its own.
UPDATE attempt SET status = 'cancelled', completed_at = ?
 WHERE job_id = ? AND step = ? AND (status = 'running' OR status = 'suspended');

-- name: add_event
INSERT INTO event (job_id, at, actor, what, step, attempt, details) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: job
-- The columns are rows.FIXED, rows.MOVING and the version, in their order.
SELECT id, workspace, revision, task_name, mode, input, labels, source_type, source_id, source_actor, depth,
       parent_job_id, parent_step, root_job_id, retry_of_job_id, hook, anew, created_at,
       group_name, group_limit, on_limit, starts_at, traceparent,
       status, open_steps, busy_steps, output, error_message, priority, owner_id, worker_id, attempt,
       reopened, started_at, completed_at, expires_at, cancel_requested_at, cancel_status, paused_at,
       restart_by, sent_events, also_requested_by, version
  FROM job
 WHERE id = ?;

-- name: steps
-- The columns are those of StepRun, in their order.
SELECT name, status, attempt, open_needs, first_attempt, loop_of, loop_index, loop_total, item,
       started_instances, ended_instances, input, output, exit_code, error_message, skip_reason, skipped_by,
       worker_id, child_job_id, run_token, ready_at, started_at, suspended_at, completed_at, due_at, is_ahead
  FROM step
 WHERE job_id = ?
 ORDER BY position;

-- name: attempts
SELECT step, attempt, status, exit_code, started_at, completed_at, error_message, worker_id
  FROM attempt
 WHERE job_id = ?
 ORDER BY step, attempt;

-- name: history
SELECT at, actor, what, step, attempt, details FROM event WHERE job_id = ? ORDER BY id;

-- name: history_of
SELECT at, actor, what, step, attempt, details FROM event
 WHERE job_id = ? AND what IN (SELECT value FROM json_each(?))
 ORDER BY id;

-- name: delete_job
-- Only what has ended.
DELETE FROM job WHERE id = ? AND NOT is_open;

-- name: put_snapshot
INSERT INTO snapshot (workspace, revision, compiled) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: has_snapshot
SELECT 1 FROM snapshot WHERE workspace = ? AND revision = ?;

-- name: snapshot
SELECT compiled FROM snapshot WHERE workspace = ? AND revision = ?;

-- name: delete_unused_snapshots
-- Those whose job was never made.
DELETE FROM snapshot
 WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.workspace = snapshot.workspace AND job.revision = snapshot.revision);

-- name: meta
SELECT value FROM meta WHERE key = ?;

-- name: put_meta
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value;
