-- name: group_holders
-- Who holds a place. The order is that of their creation.
SELECT id, position AS number, priority, group_limit, on_limit,
       (cancel_requested_at IS NOT NULL AND restart_by IS NULL)
       OR EXISTS (SELECT 1 FROM request
                   WHERE request.job_id = job.id AND operation = 'cancel' AND done_at IS NULL) AS cancelling,
       coalesce(owner_id, '') AS owner_id, TRUE AS has_begun
  FROM job
 WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL AND is_open
   AND (status = 'running' OR status = 'paused');

-- name: group_waiters
-- The first of those who wait: more are asked for once these have their place. Where one would skip or cancel, all.
SELECT id, position AS number, priority, group_limit, on_limit, FALSE AS cancelling, coalesce(owner_id, '') AS owner_id,
       FALSE AS has_begun
  FROM job
 WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL AND is_open
   AND status = 'pending' AND (starts_at IS NULL OR starts_at <= :now)
   AND NOT EXISTS (SELECT 1 FROM request
                    WHERE request.job_id = job.id AND operation = 'cancel' AND done_at IS NULL)
 ORDER BY priority DESC, position
 LIMIT CASE WHEN EXISTS (SELECT 1 FROM job
                          WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL
                            AND is_open AND status = 'pending' AND on_limit <> 'queue')
            THEN NULL ELSE 100 END;
