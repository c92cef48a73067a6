-- Deadlines: by when a step should have ended, and when it was noticed that a job or a step had not.

ALTER TABLE job ADD COLUMN late_at REAL;
ALTER TABLE step ADD COLUMN deadline_at REAL;
ALTER TABLE step ADD COLUMN late_at REAL;

CREATE INDEX job_late ON job (late_at) WHERE late_at IS NOT NULL;
CREATE INDEX step_late ON step (late_at) WHERE late_at IS NOT NULL;
