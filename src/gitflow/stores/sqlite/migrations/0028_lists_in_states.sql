-- Lists in some state, of some source, are read from an index in their order, also where few jobs of many are in it.

-- Of a task. It counts what the index before it counted.
DROP INDEX job_ended;
CREATE INDEX job_of_task_in_status ON job (workspace, task_name, status, created_at, id);

-- Of a workspace: a list that names a state or a source alone is merged from one list for each of the other.
CREATE INDEX job_of_workspace_in_status ON job (workspace, status, source_type, created_at, id);

-- Of a source: without a state, merged from one list for each.
DROP INDEX job_by_source;
CREATE INDEX job_by_source ON job (source_type, status, created_at, id);
