-- name: number_of
SELECT id FROM number WHERE kind = :kind AND name = :name;

-- name: numbered
SELECT kind, name, job_id FROM number WHERE id = :id;
