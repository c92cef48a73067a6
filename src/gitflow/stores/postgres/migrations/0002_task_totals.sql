-- How often the jobs of each task have ended in each state, and when last. Unlike job_count it never shrinks: a job that
-- retention deletes has ended all the same, and a metric that counts ends must not fall.

CREATE TABLE task_total (
    workspace text COLLATE "C" NOT NULL,
    task_name text COLLATE "C" NOT NULL,
    status    text COLLATE "C" NOT NULL,
    jobs      bigint NOT NULL,
    last_at   double precision NOT NULL,
    PRIMARY KEY (workspace, task_name, status)
) WITH (fillfactor = 50);  -- a row changes often, and should find room on its page

INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
SELECT workspace, task_name, status, count(*), max(completed_at) FROM job
 WHERE status IN ('completed', 'failed', 'cancelled', 'timed_out') AND completed_at IS NOT NULL GROUP BY 1, 2, 3;

CREATE FUNCTION job_end_totalled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
    SELECT later.workspace, later.task_name, later.status, count(*), max(later.completed_at)
      FROM earlier JOIN later USING (id)
     WHERE earlier.status <> later.status AND later.completed_at IS NOT NULL
       AND later.status IN ('completed', 'failed', 'cancelled', 'timed_out')
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3
        ON CONFLICT (workspace, task_name, status) DO UPDATE
       SET jobs = task_total.jobs + excluded.jobs, last_at = greatest(task_total.last_at, excluded.last_at);
    RETURN NULL;
END $$;

CREATE TRIGGER job_end_totalled AFTER UPDATE ON job REFERENCING OLD TABLE AS earlier NEW TABLE AS later
    FOR EACH STATEMENT EXECUTE FUNCTION job_end_totalled();

-- Jobs that are created and end in one commit.
CREATE FUNCTION job_end_totalled_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
    SELECT workspace, task_name, status, count(*), max(completed_at) FROM made
     WHERE completed_at IS NOT NULL AND status IN ('completed', 'failed', 'cancelled', 'timed_out')
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3
        ON CONFLICT (workspace, task_name, status) DO UPDATE
       SET jobs = task_total.jobs + excluded.jobs, last_at = greatest(task_total.last_at, excluded.last_at);
    RETURN NULL;
END $$;

CREATE TRIGGER job_end_totalled_at_once AFTER INSERT ON job REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION job_end_totalled_at_once();
