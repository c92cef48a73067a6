-- name: add_revision
-- Nothing where :unless_known and the newest of the workspace that fared alike is the same revision.
INSERT INTO revision ({revision.columns})
SELECT {revision.values}
 WHERE NOT :unless_known
    OR :revision IS NOT (SELECT revision FROM revision
                          WHERE workspace = :workspace AND is_accepted = :is_accepted
                          ORDER BY id DESC LIMIT 1);

-- name: forget_revisions
-- The newest :most stay, and the last accepted one, however many were refused since.
DELETE FROM revision
 WHERE workspace = :workspace
   AND id <= (SELECT id FROM revision WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET :most)
   AND id <> (SELECT coalesce(max(id), 0) FROM revision WHERE workspace = :workspace AND is_accepted = 1);

-- name: revisions
-- Newest first; :before is the id of the last one of the page before.
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND (:before IS NULL OR id < :before)
 ORDER BY id DESC
 LIMIT :limit;

-- name: workspaces_of_revisions
SELECT DISTINCT workspace FROM revision ORDER BY workspace;

-- name: was_accepted
SELECT EXISTS (SELECT 1 FROM revision WHERE workspace = :workspace AND revision = :revision AND is_accepted = 1)
    AS found;

-- name: last_accepted
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND is_accepted = 1
 ORDER BY id DESC
 LIMIT 1;

-- name: revisions_of_jobs
-- A snapshot stays as long as a job refers to it.
SELECT workspace, revision FROM snapshot;
