-- name: artifacts
SELECT step, attempt, {artifact.columns} FROM artifact WHERE job_id = :job_id ORDER BY step, attempt, name;

-- name: has_artifacts
SELECT 1 FROM artifact WHERE job_id = :job_id LIMIT 1;

-- name: carry_artifacts
-- What the last attempts of a job left, for the steps that another job begins with as completed.
INSERT INTO artifact (job_id, step, attempt, {artifact.columns})
SELECT later.job_id, later.name, later.attempt, {artifact.qualified}
  FROM step AS later
  JOIN step AS earlier ON earlier.job_id = :from_job AND earlier.name = later.name
  JOIN artifact ON artifact.job_id = earlier.job_id AND artifact.step = earlier.name
               AND artifact.attempt = earlier.attempt
 WHERE later.job_id = :to_job AND later.status = 'completed'
    ON CONFLICT DO NOTHING;

-- name: names_digest
SELECT 1 FROM artifact WHERE digest = :digest LIMIT 1;
