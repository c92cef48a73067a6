-- Concurrency groups: the name is as rendered for the job; NULL for a job that takes no place.

ALTER TABLE job ADD COLUMN group_name TEXT;
ALTER TABLE job ADD COLUMN group_limit INTEGER NOT NULL DEFAULT 1 CHECK (group_limit >= 1);
ALTER TABLE job ADD COLUMN on_limit TEXT NOT NULL DEFAULT 'queue' CHECK (
    on_limit = 'queue' OR on_limit = 'skip' OR on_limit = 'cancel_running');
ALTER TABLE job ADD COLUMN starts_at REAL;

-- Who holds a place, and who waits for one: first the higher priority, then who came first.
CREATE INDEX job_of_group ON job (workspace, group_name, status, priority DESC) WHERE group_name IS NOT NULL AND is_open;

-- What a trigger has started that has not ended.
CREATE INDEX job_of_source ON job (workspace, source_type, source_id) WHERE source_id IS NOT NULL AND is_open;
