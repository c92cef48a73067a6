-- name: fire_of
SELECT {fire.columns} FROM trigger_event WHERE id = :id AND what = 'fired';

-- name: fires_counted
SELECT workspace, name, count(*) AS fires FROM trigger_event WHERE what = 'fired' GROUP BY workspace, name;

-- name: has_many_jobs
SELECT count(*) >= :many AS found FROM (
    SELECT 1 FROM job WHERE workspace = :workspace AND task_name = :task LIMIT :many) AS found;
