-- name: by_end_asc
-- Those that have not ended come before all others.
completed_at ASC;

-- name: by_end_desc
completed_at DESC;

-- name: count_jobs
-- No further than the limit.
SELECT count(*) AS jobs FROM ({counted} LIMIT :limit);

-- name: from_labels
-- Read in the order of the first label that is wanted.
label CROSS JOIN job ON job.id = label.job_id;

-- name: from_trigger
job INDEXED BY job_of_trigger;

-- name: from_waiting_on
-- Few jobs are open at a time.
job INDEXED BY job_open;

-- name: from_late
job INDEXED BY job_open;

-- name: from_status
job INDEXED BY job_in_status;

-- name: from_revision
job INDEXED BY job_at_revision;

-- name: from_worker_id
job INDEXED BY job_of_worker;

-- name: from_actor
job INDEXED BY job_of_actor;

-- name: from_duration_over
job INDEXED BY job_of_duration;

-- name: only_statuses
status IN (SELECT value FROM json_each(:statuses));

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
  FROM json_each(:job_ids) AS wanted CROSS JOIN job ON job.id = wanted.value;

-- name: only_search
-- Part of an id, a task's name, a label or an error; upper and lower case are the same.
(instr(lower(id), :search) OR instr(lower(task_name), :search) OR instr(lower(coalesce(labels, '')), :search)
 OR instr(lower(coalesce(error_message, '')), :search));

-- name: labelled
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name AND value = :value LIMIT :limit);

-- name: named_label
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name LIMIT :limit);

-- name: in_status
SELECT count(*) AS jobs FROM (SELECT 1 FROM job WHERE status = :status LIMIT :limit);

-- name: find_jobs_by_end
-- It reads every id, from their index: 0.09 s for a million jobs.
SELECT id, task_name FROM job WHERE id LIKE '%' || :part ORDER BY id DESC LIMIT :most;

-- name: first_of_chain
-- The job that others retry, also when it has been deleted meanwhile.
WITH RECURSIVE earlier (id, hops) AS (
    SELECT :id, 0
     UNION
    SELECT job.retry_of_job_id, hops + 1 FROM earlier JOIN job USING (id) WHERE job.retry_of_job_id IS NOT NULL
)
SELECT id FROM earlier ORDER BY hops DESC LIMIT 1;

-- name: due
-- What is due for an owner's jobs: a step's timer, or (without a step) the end of a job's time.
SELECT step.job_id, step.name AS step, step.attempt, step.due_at AS due_at
  FROM step CROSS JOIN job ON job.id = step.job_id
 WHERE step.due_at IS NOT NULL AND step.due_at <= :until AND job.owner_id = :owner_id
   AND job.is_open
 UNION ALL
SELECT id, NULL, NULL, expires_at FROM job INDEXED BY job_expiring
 WHERE expires_at IS NOT NULL AND expires_at <= :until AND owner_id = :owner_id
   AND is_open
 ORDER BY due_at;

-- name: only_tasks
-- Of many: all jobs are looked through in their order, which the plus signs see to.
(+workspace, +task_name) IN (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:tasks));

-- name: tasks_with_jobs
-- From one task to the next in the index, whatever number of jobs lies between.
WITH RECURSIVE found (workspace, task_name) AS (
    SELECT * FROM (SELECT workspace, task_name FROM job ORDER BY workspace, task_name LIMIT 1)
    UNION ALL
    SELECT job.workspace, job.task_name
      FROM found
      JOIN job ON job.rowid = (
          SELECT after.rowid FROM job AS after
           WHERE (after.workspace, after.task_name) > (found.workspace, found.task_name)
           ORDER BY after.workspace, after.task_name LIMIT 1)
)
SELECT workspace, task_name FROM found;
