-- An acceptance ends: by its time, because an administrator withdraws it, or because another revision becomes active.

ALTER TABLE revision_acceptance ADD COLUMN expires_at REAL;
ALTER TABLE revision_acceptance ADD COLUMN ended_at REAL;
ALTER TABLE revision_acceptance ADD COLUMN ended_by TEXT;
-- What an administrator said; NULL where another revision became active.
ALTER TABLE revision_acceptance ADD COLUMN ended_reason TEXT;
