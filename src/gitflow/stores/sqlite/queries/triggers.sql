-- name: add_trigger_event
INSERT INTO trigger_event ({trigger_event.columns}) VALUES ({trigger_event.values});

-- name: unhandled_ends
-- Ends of a task's jobs that this trigger has not handled, oldest first.
SELECT id FROM job
 WHERE workspace = :workspace AND task_name = :task AND created_at > :created_after
   AND NOT is_open AND completed_at > :since AND status IN (SELECT value FROM json_each(:statuses))
   AND NOT EXISTS (SELECT 1 FROM trigger_event
                    WHERE workspace = :workspace AND name = :name
                      AND key = 'job:' || job.id || ':' || job.reopened)
   AND NOT EXISTS (SELECT 1 FROM job AS next WHERE next.retry_of_job_id = job.id AND next.attempt > 1)
 ORDER BY completed_at, id
 LIMIT :limit;
