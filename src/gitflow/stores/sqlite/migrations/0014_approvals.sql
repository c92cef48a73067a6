-- What keeps an approval from being passed by, and from being given by who asked for the job.

-- A person ended the step before its own needs had ended: what depends on it waits for these too.
ALTER TABLE step ADD COLUMN is_ahead INTEGER NOT NULL DEFAULT 0 CHECK (is_ahead = 0 OR is_ahead = 1);

-- Who asked for the job besides source_actor: a list of names, or NULL.
ALTER TABLE job ADD COLUMN also_requested_by TEXT;
