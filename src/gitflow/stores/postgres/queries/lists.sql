-- name: by_end_asc
-- Those that have not ended come before all others.
completed_at ASC NULLS FIRST;

-- name: by_end_desc
completed_at DESC NULLS LAST;

-- name: count_jobs
-- No further than the limit.
SELECT count(*) AS jobs FROM ({counted} LIMIT :limit) AS counted;

-- name: from_labels
-- Read in the order of the first label that is wanted.
label JOIN job ON job.id = label.job_id;

-- name: from_trigger
job;

-- name: from_waiting_on
-- Few jobs are open at a time.
job;

-- name: from_late
job;

-- name: from_status
job;

-- name: from_revision
job;

-- name: from_worker_id
job;

-- name: from_actor
job;

-- name: from_duration_over
job;

-- name: only_statuses
status IN (SELECT texts_of(:statuses));

-- name: waiting_on
-- The same answers as core.machine.outstanding.job_waiting_on gives; a test compares them.
SELECT job.id, CASE
           WHEN job.cancel_requested_at IS NOT NULL THEN NULL
           WHEN job.status = 'paused' THEN 'pause'
           WHEN job.status = 'pending' AND job.group_name IS NOT NULL THEN 'group'
           WHEN job.status = 'pending' THEN CASE WHEN job.starts_at IS NOT NULL THEN 'retry' END
           WHEN NOT job.is_open THEN NULL
           WHEN EXISTS (SELECT 1 FROM step
                         WHERE job_id = job.id AND step.status = 'suspended' AND waits_for = 'approval') THEN 'approval'
           WHEN job.busy_steps > 0 THEN NULL
           WHEN EXISTS (SELECT 1 FROM step
                         WHERE job_id = job.id AND step.status = 'suspended' AND waits_for = 'event') THEN 'event'
           WHEN EXISTS (SELECT 1 FROM step
                         WHERE job_id = job.id AND step.status = 'suspended' AND waits_for = 'child') THEN 'child'
           WHEN EXISTS (SELECT 1 FROM step
                         WHERE job_id = job.id AND step.status = 'suspended' AND waits_for = 'timer') THEN 'timer'
           WHEN EXISTS (SELECT 1 FROM step
                         WHERE job_id = job.id AND step.status = 'pending' AND due_at IS NOT NULL) THEN 'retry'
           ELSE 'worker'
       END AS waiting_on
  FROM texts_of(:job_ids) AS wanted JOIN job ON job.id = wanted;

-- name: only_search
-- Part of an id, a task's name, a label or an error; upper and lower case are the same.
(strpos(lower(id), :search) > 0 OR strpos(lower(task_name), :search) > 0
 OR strpos(lower(coalesce(labels, '')), :search) > 0 OR strpos(lower(coalesce(error_message, '')), :search) > 0);

-- name: labelled
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name AND value = :value LIMIT :limit) AS found;

-- name: named_label
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name LIMIT :limit) AS found;

-- name: in_status
SELECT count(*) AS jobs FROM (SELECT 1 FROM job WHERE status = :status LIMIT :limit) AS found;

-- name: find_jobs_by_end
-- It reads every id, from their index.
SELECT id, task_name FROM job WHERE right(id, length(CAST(:part AS text))) = :part ORDER BY id DESC LIMIT :most;

-- name: first_of_chain
-- The job that others retry, also when it has been deleted meanwhile.
WITH RECURSIVE earlier (id, hops) AS (
    SELECT CAST(:id AS text) COLLATE "C", 0
     UNION
    SELECT job.retry_of_job_id, hops + 1 FROM earlier JOIN job USING (id) WHERE job.retry_of_job_id IS NOT NULL
)
SELECT id FROM earlier ORDER BY hops DESC LIMIT 1;

-- name: due
-- What is due for an owner's jobs: a step's timer, or (without a step) the end of a job's time.
SELECT step.job_id, step.name AS step, step.attempt, step.due_at AS due_at
  FROM step JOIN job ON job.id = step.job_id
 WHERE step.due_at IS NOT NULL AND step.due_at <= :until AND job.owner_id = :owner_id
   AND job.is_open
 UNION ALL
SELECT id, NULL, NULL, expires_at FROM job
 WHERE expires_at IS NOT NULL AND expires_at <= :until AND owner_id = :owner_id
   AND is_open
 ORDER BY due_at;

-- name: only_tasks
-- Of many.
(workspace, task_name) IN (
    SELECT wanted ->> 0, wanted ->> 1 FROM json_array_elements(without_nul(:tasks)) AS wanted);

-- name: tasks_with_jobs
-- From one task to the next in the index, whatever number of jobs lies between.
WITH RECURSIVE found (workspace, task_name) AS (
    (SELECT workspace, task_name FROM job ORDER BY workspace, task_name LIMIT 1)
    UNION ALL
    SELECT following.workspace, following.task_name
      FROM found, LATERAL (
          SELECT job.workspace, job.task_name FROM job
           WHERE (job.workspace, job.task_name) > (found.workspace, found.task_name)
           ORDER BY job.workspace, job.task_name LIMIT 1) AS following
)
SELECT workspace, task_name FROM found;
