-- name: give_number
-- Nothing where the job has been deleted meanwhile.
INSERT INTO number (kind, name, job_id)
SELECT :kind, :name, :job_id WHERE CAST(:job_id AS text) IS NULL OR EXISTS (SELECT 1 FROM job WHERE id = :job_id)
    ON CONFLICT DO NOTHING;
