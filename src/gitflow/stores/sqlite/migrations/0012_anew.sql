-- Steps of a retry that start a child job of their own, whatever became of the one before: a list of names, or NULL.

ALTER TABLE job RENAME COLUMN only_steps TO anew;
