-- name: outputs
-- What one step of a task gave, newest first, found along the steps of that name. What a retried job carried over was
-- given by the job before it. The fraction of a second counts as it is shown: in milliseconds.
SELECT step.job_id, step.name AS step, step.attempt, step.completed_at AS at, job.completed_at AS job_ended_at
  FROM step CROSS JOIN job ON job.id = step.job_id
 WHERE step.name = :step AND step.status = 'completed' AND step.output IS NOT NULL AND step.loop_of IS NULL
   AND step.completed_at > :after - 0.001 AND round(step.completed_at, 3) > :after
   AND job.workspace = :workspace AND job.task_name = :task AND step.completed_at >= job.created_at
 ORDER BY step.completed_at DESC, step.job_id DESC
 LIMIT :limit;

-- name: outputs_of_few_jobs
-- The same, found along the jobs of the task.
SELECT step.job_id, step.name AS step, step.attempt, step.completed_at AS at, job.completed_at AS job_ended_at
  FROM job CROSS JOIN step ON step.job_id = job.id AND step.name = :step
 WHERE step.status = 'completed' AND step.output IS NOT NULL AND step.loop_of IS NULL
   AND round(step.completed_at, 3) > :after
   AND job.workspace = :workspace AND job.task_name = :task AND step.completed_at >= job.created_at
 ORDER BY step.completed_at DESC, step.job_id DESC
 LIMIT :limit;

-- name: has_many_jobs
SELECT count(*) >= :many AS found FROM (
    SELECT 1 FROM job WHERE workspace = :workspace AND task_name = :task LIMIT :many);

-- name: output_of
SELECT step.job_id, step.name AS step, step.attempt, step.completed_at AS at, job.completed_at AS job_ended_at
  FROM step CROSS JOIN job ON job.id = step.job_id
 WHERE step.job_id = :job_id AND step.name = :step AND step.attempt = :attempt
   AND step.status = 'completed' AND step.output IS NOT NULL AND step.completed_at >= job.created_at;

-- name: outputs_counted
SELECT job.workspace, job.task_name, step.name AS step, count(*) AS outputs
  FROM step CROSS JOIN job ON job.id = step.job_id
 WHERE step.status = 'completed' AND step.output IS NOT NULL AND step.loop_of IS NULL
   AND step.completed_at >= job.created_at
 GROUP BY job.workspace, job.task_name, step.name;

-- name: fires
-- Newest first.
SELECT {fire.columns}
  FROM trigger_event
 WHERE workspace = :workspace AND name = :name AND what = 'fired' AND at > :after - 0.001 AND round(at, 3) > :after
 ORDER BY at DESC, id DESC
 LIMIT :limit;
