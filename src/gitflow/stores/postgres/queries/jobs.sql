-- name: create_job
-- The columns are those of rows.py.
/* gathered by id; once by id */
INSERT INTO job ({job.columns}) SELECT {job.columns} FROM unnest({job.values}) AS given ({job.columns})
    ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: save_job
-- Changes nothing when somebody saved this job since we loaded it.
/* gathered by id; once by id */
UPDATE job SET {job_changes.given}, version = job.version + 1
  FROM unnest(:id, :version, {job_changes.values}) AS given (id, version, {job_changes.columns})
 WHERE job.id = given.id AND job.version = given.version RETURNING job.id;

-- name: save_step
-- A new step goes behind the others; one that is there keeps its place.
/* gathered by job_id; once by job_id, name */
INSERT INTO step (job_id, {step.columns})
SELECT job_id, {step.columns} FROM unnest(:job_id, {step.values}) AS given (job_id, {step.columns})
    ON CONFLICT (job_id, name) DO UPDATE SET {step_changes.excluded};

-- name: remove_step
-- An instance of a loop that runs anew; its attempts stay.
/* gathered by job_id */
DELETE FROM step USING unnest(:job_id, :name) AS given (job_id, name)
 WHERE step.job_id = given.job_id AND step.name = given.name;

-- name: save_attempt
-- An attempt that has ended stays as it ended.
/* gathered by job_id; once by job_id, step, attempt */
INSERT INTO attempt (job_id, step, attempt, {attempt.columns})
SELECT job_id, step, attempt, {attempt.columns}
  FROM unnest(:job_id, :step, :attempt, {attempt.values}) AS given (job_id, step, attempt, {attempt.columns})
    ON CONFLICT (job_id, step, attempt) DO UPDATE SET {attempt.excluded}
 WHERE attempt.status = 'running' OR attempt.status = 'suspended';

-- name: close_attempt
-- A suspended step was reset: the attempt that waited has ended, and the next one has a row of its own.
/* gathered by job_id; once by job_id, step */
UPDATE attempt SET status = 'cancelled', completed_at = given.at
  FROM unnest(:job_id, :step, :at::double precision) AS given (job_id, step, at)
 WHERE attempt.job_id = given.job_id AND attempt.step = given.step
   AND (status = 'running' OR status = 'suspended');

-- name: add_event
-- Nothing of a job that has been deleted meanwhile; and in the order in which they were given, which a join forgets.
/* gathered by job_id */
INSERT INTO event (job_id, {event.columns})
SELECT given.job_id, {event.columns}
  FROM unnest(:job_id, {event.values}) WITH ORDINALITY AS given (job_id, {event.columns}, number)
 WHERE EXISTS (SELECT 1 FROM job WHERE job.id = given.job_id)
 ORDER BY number;

-- name: history_of
SELECT {event.columns} FROM event
 WHERE job_id = :job_id AND what IN (SELECT texts_of(:whats))
 ORDER BY id;

-- name: has_snapshot
SELECT 1 AS found FROM snapshot WHERE workspace = :workspace AND revision = :revision;

-- name: put_meta
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: requests
-- What waits for an owner, first asked first.
SELECT {request.qualified}
  FROM request JOIN job ON job.id = request.job_id
 WHERE request.done_at IS NULL AND job.owner_id = :owner_id
 ORDER BY request.id;
