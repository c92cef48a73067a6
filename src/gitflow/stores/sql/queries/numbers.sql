-- name: number_of
SELECT id FROM number WHERE kind = :kind AND name = :name;

-- name: numbered
SELECT kind, name, job_id FROM number WHERE id = :id;

-- name: give_number
-- Adds nothing if the job has been deleted meanwhile.
INSERT INTO number (kind, name, job_id)
SELECT :kind, :name, :job_id WHERE CAST(:job_id AS text) IS NULL OR EXISTS (SELECT 1 FROM job WHERE id = :job_id)
    ON CONFLICT DO NOTHING;
