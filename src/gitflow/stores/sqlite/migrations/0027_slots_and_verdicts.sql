-- How many steps a worker runs at once, and whether a revision was refused for the policy alone.

ALTER TABLE worker ADD COLUMN slots INTEGER;
ALTER TABLE revision ADD COLUMN breaks_policy INTEGER NOT NULL DEFAULT 0 CHECK (breaks_policy = 0 OR breaks_policy = 1);
