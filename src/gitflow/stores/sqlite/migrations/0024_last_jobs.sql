-- How the last jobs of a task fared is read from the index alone: a row each would be a page each of a large table.

DROP INDEX job_of_task;
CREATE INDEX job_of_task ON job (workspace, task_name, created_at, id, status, started_at, completed_at);
