-- What a job knows that nobody may read: a sealed JSON list of texts. Values of the job that hold one are sealed in
-- their own columns.

CREATE TABLE job_secret (
    job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    texts  TEXT NOT NULL CHECK (texts LIKE 'sealed:%')
) STRICT, WITHOUT ROWID;
