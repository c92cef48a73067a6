-- The commit that the job's revision is made of: a JSON list of SHA, author, subject and time, or NULL.

ALTER TABLE job ADD COLUMN git_commit TEXT;
