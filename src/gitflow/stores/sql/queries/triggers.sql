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
-- An automatic retry counts its attempts on; one that a person asks for begins at 1.
SELECT EXISTS (SELECT 1 FROM job WHERE retry_of_job_id = :job_id AND attempt > 1) AS found;

-- name: schedule_hold
SELECT begin, until FROM schedule_hold;

-- name: unhandled_late
-- Jobs and steps that passed their deadline and that this trigger knows nothing of, oldest first.
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
