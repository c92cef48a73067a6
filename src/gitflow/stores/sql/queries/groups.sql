-- name: count_holders
SELECT count(*) AS holders FROM job
 WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL AND is_open
   AND (status = 'running' OR status = 'paused');

-- name: open_of_source
SELECT id, coalesce(owner_id, '') AS owner_id FROM job
 WHERE workspace = :workspace AND source_type = :source_type AND source_id = :source_id
   AND source_id IS NOT NULL AND is_open
 ORDER BY created_at, id;

-- name: is_asked_to_end
SELECT 1 FROM request WHERE job_id = :job_id AND operation = 'cancel' AND done_at IS NULL;
