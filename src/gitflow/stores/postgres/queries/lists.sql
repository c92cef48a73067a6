-- name: listed
-- One list of jobs, or one of several that are merged. What is in braces is filled in from the blocks below.
SELECT {listed.columns}
  FROM {jobs}
 WHERE {conditions};

-- name: list_jobs
-- Newest first, unless {order} is the other one.
{listed}
 ORDER BY {ordered}, {id} {order}
 LIMIT :limit OFFSET :offset;

-- name: by_end_asc
-- Those that have not ended come before all others.
completed_at ASC NULLS FIRST;

-- name: by_end_desc
completed_at DESC NULLS LAST;

-- name: counted
SELECT 1 FROM {jobs} WHERE {conditions};

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
status IN (SELECT texts_of(:statuses));

-- name: only_parent_job_id
parent_job_id = :parent_job_id;

-- name: only_retry_of_job_id
retry_of_job_id = :retry_of_job_id;

-- name: only_source_type
source_type = :source_type;

-- name: only_revision
revision = :revision;

-- name: only_waiting_on
-- The same answers as core.machine.outstanding.waiting_on gives; a test compares them.
is_open AND CASE :waiting_on
    WHEN 'group' THEN job.status = 'pending' AND job.group_name IS NOT NULL
    ELSE EXISTS (
        SELECT 1 FROM step
         WHERE step.job_id = job.id
           AND CASE step.status
                   WHEN 'suspended' THEN step.waits_for
                   WHEN 'pending' THEN CASE
                       WHEN step.open_needs > 0 THEN 'dependencies'
                       WHEN step.due_at IS NULL THEN 'slot'
                       WHEN job.status = 'paused' THEN 'pause'
                       ELSE 'retry' END
                   WHEN 'ready' THEN CASE
                       WHEN job.status = 'paused' THEN 'pause'
                       WHEN job.busy_steps >= job.max_parallel_steps THEN 'slot'
                       ELSE 'worker' END
               END = :waiting_on)
    END;

-- name: only_actor
source_actor = :actor;

-- name: only_trigger
-- As the index says it, word for word.
source_id = :trigger AND (source_type = 'trigger' OR source_type = 'webhook');

-- name: only_duration_over
completed_at - started_at > :duration_over;

-- name: only_duration_class
duration_class = :duration_class;

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
(strpos(lower(id), :search) > 0 OR strpos(lower(task_name), :search) > 0
 OR strpos(lower(coalesce(labels, '')), :search) > 0 OR strpos(lower(coalesce(error_message, '')), :search) > 0);

-- name: only_label
-- One more label; looked up in the labels, where the job's row is not needed.
EXISTS (SELECT 1 FROM label AS also
         WHERE also.name = :label_name AND also.value = :label_value
           AND also.made_at = {created_at} AND also.job_id = {id});

-- name: only_has_label
-- For a label that many jobs have: looked up for each.
EXISTS (SELECT 1 FROM label WHERE label.job_id = job.id AND label.name = :has_label);

-- name: only_has_rare_label
job.id IN (SELECT job_id FROM label WHERE name = :has_label);

-- name: labelled
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name AND value = :value LIMIT :limit) AS found;

-- name: named_label
SELECT count(*) AS jobs FROM (SELECT 1 FROM label WHERE name = :name LIMIT :limit) AS found;

-- name: in_status
SELECT count(*) AS jobs FROM (SELECT 1 FROM job WHERE status = :status LIMIT :limit) AS found;

-- name: only_before
-- The page after the one that ended with this job.
({created_at}, {id}) < (:before_at, :before_id);

-- name: only_behind
-- The same of a list that is oldest first.
({created_at}, {id}) > (:before_at, :before_id);

-- name: find_jobs
SELECT id, task_name FROM job WHERE id >= :part AND id < :after LIMIT :most;

-- name: find_jobs_by_end
-- It reads every id, from their index.
SELECT id, task_name FROM job WHERE right(id, length(CAST(:part AS text))) = :part ORDER BY id DESC LIMIT :most;

-- name: state_of
SELECT status, owner_id, parent_job_id, version FROM job WHERE id = :id;

-- name: open_jobs
SELECT id FROM job
 WHERE owner_id = :owner_id AND is_open
 ORDER BY created_at, id;

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

-- name: only_task
-- One of a few.
workspace = :workspace_task AND task_name = :task_name_task;

-- name: only_tasks
-- Of many.
(workspace, task_name) IN (
    SELECT wanted ->> 0, wanted ->> 1 FROM json_array_elements(without_nul(:tasks)) AS wanted);

-- name: task_of
SELECT workspace, task_name FROM job WHERE id = :id;

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
