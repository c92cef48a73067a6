-- name: put_trigger_state
INSERT INTO trigger_state ({trigger_state.columns}) VALUES ({trigger_state.values})
    ON CONFLICT DO UPDATE SET {trigger_state_changes.excluded};

-- name: add_trigger_event
INSERT INTO trigger_event ({trigger_event.columns}) VALUES ({trigger_event.values});

-- name: trigger_events
-- Newest first; :before is the id of the last one of the page before.
SELECT id, {trigger_event.columns}
  FROM trigger_event
 WHERE workspace = :workspace AND name = :name AND (:before IS NULL OR id < :before)
 ORDER BY id DESC
 LIMIT :limit;

-- name: unhandled_ends
-- Ends of a task's jobs that this trigger knows nothing of, oldest first.
SELECT id FROM job
 WHERE workspace = :workspace AND task_name = :task AND created_at > :created_after
   AND NOT is_open AND completed_at > :since AND status IN (SELECT value FROM json_each(:statuses))
   AND NOT EXISTS (SELECT 1 FROM trigger_event
                    WHERE workspace = :workspace AND name = :name
                      AND key = 'job:' || job.id || ':' || job.reopened)
   AND NOT EXISTS (SELECT 1 FROM job AS next WHERE next.retry_of_job_id = job.id AND next.attempt > 1)
 ORDER BY completed_at, id
 LIMIT :limit;

-- name: put_schedule_hold
INSERT INTO schedule_hold (id, begin, until) VALUES (1, :begin, :until)
    ON CONFLICT DO UPDATE SET begin = excluded.begin, until = excluded.until;
