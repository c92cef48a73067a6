-- name: artifacts_of_steps
-- The artifacts of the last attempts of some steps, and of the instances of a loop (with their numbers).
SELECT coalesce(step.loop_of, step.name) AS step, step.loop_index, {artifact.qualified}
  FROM step
  JOIN artifact ON artifact.job_id = step.job_id AND artifact.step = step.name AND artifact.attempt = step.attempt
 WHERE step.job_id = :job_id AND coalesce(step.loop_of, step.name) IN (SELECT texts_of(:steps))
 ORDER BY step.position, artifact.name;
