-- name: put_artifact
INSERT INTO artifact (job_id, step, attempt, {artifact.columns})
VALUES (:job_id, :step, :attempt, {artifact.values})
    ON CONFLICT DO UPDATE SET size = excluded.size, mode = excluded.mode, digest = excluded.digest;

-- name: artifacts_of_steps
-- What the last attempts of some steps left, a loop's instances included (with their number).
SELECT coalesce(step.loop_of, step.name) AS step, step.loop_index, {artifact.qualified}
  FROM step
  JOIN artifact ON artifact.job_id = step.job_id AND artifact.step = step.name AND artifact.attempt = step.attempt
 WHERE step.job_id = :job_id AND coalesce(step.loop_of, step.name) IN (SELECT value FROM json_each(:steps))
 ORDER BY step.position, artifact.name;
