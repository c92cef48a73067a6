-- name: trigger_states
SELECT {trigger_state.columns}
  FROM trigger_state WHERE workspace = :workspace;

-- name: trigger_state
SELECT {trigger_state.columns}
  FROM trigger_state WHERE workspace = :workspace AND name = :name;

-- name: trigger_event_with
SELECT id, {trigger_event.columns}
  FROM trigger_event WHERE workspace = :workspace AND name = :name AND key = :key;

-- name: drop_trigger_events
DELETE FROM trigger_event WHERE at < :before;

-- name: open_jobs_of_source
SELECT id FROM job
 WHERE workspace = :workspace AND source_type = :source_type AND source_id = :source_id AND is_open
 ORDER BY created_at, id;

-- name: retried_by_itself
-- An automatic retry has a number above 1; a retry that a person asks for begins again at 1.
SELECT EXISTS (SELECT 1 FROM job WHERE retry_of_job_id = :job_id AND attempt > 1) AS found;

-- name: schedule_hold
SELECT begin, until FROM schedule_hold;

-- name: unhandled_late
-- Jobs and steps that passed their deadline and that this trigger has not handled, oldest first.
SELECT job_id, step, number FROM (
    SELECT id AS job_id, NULL AS step, 0 AS number, late_at FROM job
     WHERE late_at > :since AND workspace = :workspace AND task_name = :task
    UNION ALL
    SELECT job.id, step.name, step.first_attempt, step.late_at FROM step JOIN job ON job.id = step.job_id
     WHERE step.late_at > :since AND workspace = :workspace AND task_name = :task
) AS late
 WHERE NOT EXISTS (SELECT 1 FROM trigger_event
                    WHERE workspace = :workspace AND name = :name
                      AND key = 'late:' || job_id || ':' || coalesce(step, '') || ':' || number)
 ORDER BY late_at, job_id
 LIMIT :limit;

-- name: put_trigger_state
INSERT INTO trigger_state ({trigger_state.columns}) VALUES ({trigger_state.values})
    ON CONFLICT (workspace, name) DO UPDATE SET {trigger_state_changes.excluded};

-- name: trigger_events
-- Newest first; :before is the id of the last row of the page before.
SELECT id, {trigger_event.columns}
  FROM trigger_event
 WHERE workspace = :workspace AND name = :name AND (CAST(:before AS bigint) IS NULL OR id < :before)
 ORDER BY id DESC
 LIMIT :limit;

-- name: put_schedule_hold
INSERT INTO schedule_hold (id, begin, until) VALUES (1, :begin, :until)
    ON CONFLICT (id) DO UPDATE SET begin = excluded.begin, until = excluded.until;
