-- name: shed_events
DELETE FROM event WHERE id IN (SELECT id FROM event WHERE job_id = :job_id LIMIT :at_most);

-- name: shed_attempts
DELETE FROM attempt WHERE (job_id, step, attempt) IN (
    SELECT job_id, step, attempt FROM attempt WHERE job_id = :job_id LIMIT :at_most);

-- name: drop_events
DELETE FROM event WHERE id IN ({expired});

-- name: drop_artifacts
DELETE FROM artifact WHERE (job_id, step, attempt, name) IN ({expired});

-- name: expired_requests
SELECT id FROM request WHERE done_at < :before ORDER BY id LIMIT :at_most;

-- name: drop_requests
DELETE FROM request WHERE id IN ({expired});

-- name: count_expired
SELECT count(*) AS expired FROM ({expired});

-- name: jobs_with_logs
SELECT id FROM job WHERE created_at < :made_before AND (is_open OR completed_at >= :ended_since);
