-- What jobs wait for can be asked: what a suspended step waits for, and how many steps of a job may run at once.

ALTER TABLE step ADD COLUMN waits_for TEXT;
ALTER TABLE job ADD COLUMN max_parallel_steps INTEGER;
