-- name: listed
-- One list of jobs, or one of several that are merged. What is in braces is filled in from the blocks below.
SELECT {listed.columns}
  FROM {jobs}
 WHERE {conditions};

-- name: list_jobs
-- Newest first, unless {order} is the other one.
{listed}
 ORDER BY {ordered_by} {order}, {id} {order}
 LIMIT :limit OFFSET :offset;

-- name: counted
SELECT 1 FROM {jobs} WHERE {conditions};

-- name: count_jobs
-- No further than the limit.
SELECT count(*) AS jobs FROM ({counted} LIMIT :limit);

-- name: from_labels
-- Read in the order of the first label that is wanted.
label CROSS JOIN job ON job.id = label.job_id;

-- name: only_first_label
label.name = :label_name AND label.value = :label_value;

-- name: only_all
TRUE;

-- name: only_workspace
workspace = :workspace;

-- name: only_task_name
task_name = :task_name;

-- name: only_status
status = :status;

-- name: only_statuses
status IN (SELECT value FROM json_each(:statuses));

-- name: only_parent_job_id
parent_job_id = :parent_job_id;

-- name: only_retry_of_job_id
retry_of_job_id = :retry_of_job_id;

-- name: only_source_type
source_type = :source_type;

-- name: only_revision
revision = :revision;

-- name: only_worker_id
worker_id = :worker_id;

-- name: only_roots
-- Neither a child job nor a hook's.
parent_job_id IS NULL;

-- name: only_not_retried
NOT EXISTS (SELECT 1 FROM job AS again WHERE again.retry_of_job_id = job.id);

-- name: only_retried
EXISTS (SELECT 1 FROM job AS again WHERE again.retry_of_job_id = job.id);

-- name: only_created_after
{created_at} > :created_after;

-- name: only_created_before
{created_at} < :created_before;

-- name: only_search
-- Part of an id, a task's name, a label or an error; upper and lower case are the same.
(instr(lower(id), :search) OR instr(lower(task_name), :search) OR instr(lower(coalesce(labels, '')), :search)
 OR instr(lower(coalesce(error_message, '')), :search));

-- name: only_labels
-- No wanted label is missing.
NOT EXISTS (SELECT 1 FROM json_each(:labels) AS wanted
             WHERE NOT EXISTS (SELECT 1 FROM json_each(coalesce(job.labels, '{}')) AS has
                                WHERE has.key = wanted.key AND has.value = wanted.value));

-- name: only_has_label
job.id IN (SELECT job_id FROM label WHERE name = :has_label);

-- name: only_before
-- The page after the one that ended with this job.
({created_at}, {id}) < (:before_at, :before_id);

-- name: only_behind
-- The same of a list that is oldest first.
({created_at}, {id}) > (:before_at, :before_id);

-- name: find_jobs
-- Two are enough to know that the beginning of an id says too little.
SELECT id FROM job WHERE id >= :start AND id < :after LIMIT 2;

-- name: state_of
SELECT status, owner_id, parent_job_id FROM job WHERE id = :id;

-- name: open_jobs
SELECT id FROM job
 WHERE owner_id = :owner_id AND is_open
 ORDER BY created_at, id;

-- name: owners
SELECT DISTINCT owner_id FROM job
 WHERE owner_id IS NOT NULL AND is_open
 ORDER BY owner_id;

-- name: children
SELECT id, parent_step, status FROM job WHERE parent_job_id = :parent_job_id ORDER BY created_at, id;

-- name: chain
WITH RECURSIVE later (id) AS (
    SELECT id FROM job WHERE retry_of_job_id = :id
     UNION
    SELECT job.id FROM job JOIN later ON job.retry_of_job_id = later.id
)
SELECT job.id FROM later JOIN job USING (id) ORDER BY job.created_at, job.id;

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

-- name: only_task
-- One of a few.
workspace = :workspace_task AND task_name = :task_name_task;

-- name: only_tasks
-- Of many: all jobs are looked through in their order, which the plus signs see to.
(+workspace, +task_name) IN (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:tasks));

-- name: task_of
SELECT workspace, task_name FROM job WHERE id = :id;

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
