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

-- name: counted
SELECT 1 FROM {jobs} WHERE {conditions};

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

-- name: only_late
is_open AND late_at IS NOT NULL;

-- name: only_actor
source_actor = :actor;

-- name: only_trigger
-- As the index says it, word for word.
source_id = :trigger AND (source_type = 'trigger' OR source_type = 'webhook');

-- name: only_duration_over
completed_at - started_at > :duration_over;

-- name: only_duration_class
duration_class = :duration_class;

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

-- name: only_before
-- The page after the one that ended with this job.
({created_at}, {id}) < (:before_at, :before_id);

-- name: only_behind
-- The same of a list that is oldest first.
({created_at}, {id}) > (:before_at, :before_id);

-- name: find_jobs
SELECT id, task_name FROM job WHERE id >= :part AND id < :after LIMIT :most;

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

-- name: only_task
-- One of a few.
workspace = :workspace_task AND task_name = :task_name_task;

-- name: task_of
SELECT workspace, task_name FROM job WHERE id = :id;
