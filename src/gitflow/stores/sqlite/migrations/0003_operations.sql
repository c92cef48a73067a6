-- What lists are narrowed by besides, what requests came to, and the keys of requests that make jobs.

CREATE INDEX job_by_source ON job (source_type, created_at, id);

-- The labels of jobs, in the order of lists. ``made_at`` is the job's created_at.
CREATE TABLE label (
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    made_at REAL NOT NULL,
    job_id  TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    PRIMARY KEY (name, value, made_at, job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_of_job ON label (job_id);

INSERT INTO label (name, value, made_at, job_id)
SELECT named.key, named.value, job.created_at, job.id FROM job, json_each(job.labels) AS named
 WHERE job.labels IS NOT NULL;

CREATE TRIGGER job_labelled AFTER INSERT ON job WHEN new.labels IS NOT NULL
BEGIN
    INSERT INTO label (name, value, made_at, job_id)
    SELECT named.key, named.value, new.created_at, new.id FROM json_each(new.labels) AS named;
END;

-- What a request gave (JSON text), or the code of its refusal.
ALTER TABLE request ADD COLUMN result TEXT;
ALTER TABLE request ADD COLUMN code TEXT;

-- The same key of the same caller stands for the same job, also when that job has been deleted.
CREATE TABLE idempotency_key (
    caller     TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     TEXT NOT NULL,
    job_id     TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
