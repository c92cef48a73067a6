-- name: add_revision
-- Nothing where :unless_known and the newest of the workspace that fared alike is the same revision.
INSERT INTO revision ({revision.columns})
SELECT {revision.values}
 WHERE NOT :unless_known
    OR CAST(:revision AS text) IS DISTINCT FROM
                    (SELECT revision FROM revision
                          WHERE workspace = :workspace AND is_accepted = :is_accepted
                          ORDER BY id DESC LIMIT 1);

-- name: forget_revisions
-- The newest :most stay, and the last accepted one, however many were refused since.
DELETE FROM revision
 WHERE workspace = :workspace
   AND id <= (SELECT id FROM revision WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET :most)
   AND id <> (SELECT coalesce(max(id), 0) FROM revision WHERE workspace = :workspace AND is_accepted);

-- name: revisions
-- Newest first; :before is the id of the last one of the page before.
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND (CAST(:before AS bigint) IS NULL OR id < :before)
 ORDER BY id DESC
 LIMIT :limit;

-- name: workspaces_of_revisions
SELECT DISTINCT workspace FROM revision ORDER BY workspace;

-- name: was_accepted
SELECT EXISTS (SELECT 1 FROM revision WHERE workspace = :workspace AND revision = :revision AND is_accepted)
    AS found;

-- name: see_object
-- Keeps the first time.
INSERT INTO first_seen (workspace, object, seen_at) VALUES (:workspace, :object, :seen_at)
ON CONFLICT (workspace, object) DO NOTHING;

-- name: forget_objects
DELETE FROM first_seen
 WHERE workspace = :workspace
   AND id <= (SELECT id FROM first_seen WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET :most);

-- name: first_seen
-- A revision that was loaded was seen then, also if signatures were not checked.
SELECT min(at) AS seen_at
  FROM (SELECT seen_at AS at FROM first_seen WHERE workspace = :workspace AND object = :object
        UNION ALL
        SELECT loaded_at FROM revision WHERE workspace = :workspace AND revision = :object) AS seen;

-- name: sync_pauses
SELECT workspace, at, actor, reason FROM sync_pause ORDER BY workspace;

-- name: sync_pause
SELECT workspace, at, actor, reason FROM sync_pause WHERE workspace = :workspace;

-- name: put_sync_pause
INSERT INTO sync_pause (workspace, at, actor, reason) VALUES (:workspace, :at, :actor, :reason);

-- name: drop_sync_pause
DELETE FROM sync_pause WHERE workspace = :workspace;

-- name: acceptances
-- Of all workspaces where :workspace is NULL.
SELECT {acceptance.columns}
  FROM revision_acceptance
 WHERE CAST(:workspace AS text) IS NULL OR workspace = :workspace
 ORDER BY workspace, revision;

-- name: put_acceptance
INSERT INTO revision_acceptance ({acceptance.columns}) VALUES ({acceptance.values})
    ON CONFLICT (workspace, revision) DO UPDATE SET {acceptance.excluded};

-- name: last_accepted
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND is_accepted
 ORDER BY id DESC
 LIMIT 1;

-- name: revisions_of_open_jobs
SELECT DISTINCT workspace, revision FROM job WHERE is_open;

-- name: revisions_of_jobs
-- A snapshot stays as long as a job refers to it.
SELECT workspace, revision FROM snapshot;
