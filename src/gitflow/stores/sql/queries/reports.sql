-- name: history_after
-- A page of a job's history, in the order of the commits.
SELECT id, {event.columns} FROM event
 WHERE job_id = :job_id AND id > :after
 ORDER BY id
 LIMIT :limit;

-- name: ended_jobs
-- The last jobs of a task that have begun and ended, newest first.
SELECT id, status, revision, created_at, started_at, completed_at, git_commit FROM job
 WHERE workspace = :workspace AND task_name = :task_name AND created_at >= :since
   AND NOT is_open AND started_at IS NOT NULL
 ORDER BY created_at DESC, id DESC
 LIMIT :limit;

-- name: step_times
-- How long each step of those jobs ran and waited: for :half and :most per cent of its runs no longer. The instances of
-- a loop count as runs of its step. A step waits from being ready to its start, and while it is suspended; it runs while
-- the job that it started runs. Steps that were carried over from another job are left out.
WITH ended AS (
    SELECT id, created_at, started_at FROM job
     WHERE workspace = :workspace AND task_name = :task_name AND created_at >= :since
       AND NOT is_open AND started_at IS NOT NULL
     ORDER BY created_at DESC, id DESC
     LIMIT :limit
), took AS (
    SELECT coalesce(step.loop_of, step.name) AS name,
           CASE WHEN step.waits_for IS NULL OR step.waits_for = 'child' THEN step.completed_at - step.started_at
                ELSE 0.0 END AS run_s,
           step.started_at - coalesce(step.ready_at, step.started_at)
           + CASE WHEN step.waits_for IS NULL OR step.waits_for = 'child' THEN 0.0
                  ELSE step.completed_at - step.started_at END AS wait_s
      FROM ended
      JOIN step ON step.job_id = ended.id
     WHERE step.status = 'completed' AND step.started_at >= ended.started_at
       AND (step.loop_total IS NULL OR step.loop_of IS NOT NULL)
     ORDER BY ended.created_at DESC, ended.id DESC
     LIMIT :runs
), ranked AS (
    SELECT name, run_s, wait_s,
           row_number() OVER (PARTITION BY name ORDER BY run_s) AS run_rank,
           row_number() OVER (PARTITION BY name ORDER BY wait_s) AS wait_rank,
           count(*) OVER (PARTITION BY name) AS runs
      FROM took
)
SELECT name, runs,
       max(CASE WHEN run_rank = (runs * :half + 99) / 100 THEN run_s END) AS run_half_s,
       max(CASE WHEN run_rank = (runs * :most + 99) / 100 THEN run_s END) AS run_most_s,
       max(CASE WHEN wait_rank = (runs * :half + 99) / 100 THEN wait_s END) AS wait_half_s,
       max(CASE WHEN wait_rank = (runs * :most + 99) / 100 THEN wait_s END) AS wait_most_s
  FROM ranked
 GROUP BY name, runs
 ORDER BY name;

-- name: last_jobs
-- The newest jobs of a task, and how long those took that have ended.
SELECT id AS job_id, status, completed_at - started_at AS duration_s FROM job
 WHERE workspace = :workspace AND task_name = :task_name
 ORDER BY created_at DESC, id DESC
 LIMIT :limit;

-- name: last_end
-- How the newest job of a task that has ended did so.
SELECT status FROM job
 WHERE workspace = :workspace AND task_name = :task_name
   AND status <> 'pending' AND status <> 'running' AND status <> 'paused'
 ORDER BY created_at DESC, id DESC
 LIMIT 1;

-- name: task_totals
SELECT workspace, task_name, status, jobs, last_at FROM task_total;

-- name: all_job_counts
SELECT workspace, task_name, status, jobs FROM job_count WHERE seconds = 0 AND jobs > 0;
