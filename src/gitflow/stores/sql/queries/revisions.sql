-- name: workspaces_of_revisions
SELECT DISTINCT workspace FROM revision ORDER BY workspace;

-- name: see_object
-- The first time stays.
INSERT INTO first_seen (workspace, object, seen_at) VALUES (:workspace, :object, :seen_at)
ON CONFLICT (workspace, object) DO NOTHING;

-- name: forget_objects
DELETE FROM first_seen
 WHERE workspace = :workspace
   AND id <= (SELECT id FROM first_seen WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET :most);

-- name: sync_pauses
SELECT workspace, at, actor, reason FROM sync_pause ORDER BY workspace;

-- name: sync_pause
SELECT workspace, at, actor, reason FROM sync_pause WHERE workspace = :workspace;

-- name: put_sync_pause
INSERT INTO sync_pause (workspace, at, actor, reason) VALUES (:workspace, :at, :actor, :reason);

-- name: drop_sync_pause
DELETE FROM sync_pause WHERE workspace = :workspace;

-- name: revisions_of_open_jobs
SELECT DISTINCT workspace, revision FROM job WHERE is_open;

-- name: revisions_of_jobs
-- A snapshot stays as long as a job refers to it.
SELECT workspace, revision FROM snapshot;

-- name: name_revision
-- Only the newest row of the revision.
UPDATE revision
   SET is_dirty = :is_dirty, branch = :branch, commit_sha = :commit_sha, author = :author, message = :message,
       committed_at = :committed_at
 WHERE id = (SELECT max(id) FROM revision WHERE workspace = :workspace AND revision = :revision);

-- name: revisions
-- Newest first; :before is the id of the last row of the page before.
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND (CAST(:before AS bigint) IS NULL OR id < :before)
 ORDER BY id DESC
 LIMIT :limit;

-- name: first_seen
-- A revision counts as seen when it was loaded, even if signatures were not checked.
SELECT min(at) AS seen_at
  FROM (SELECT seen_at AS at FROM first_seen WHERE workspace = :workspace AND object = :object
        UNION ALL
        SELECT loaded_at FROM revision WHERE workspace = :workspace AND revision = :object) AS seen;

-- name: acceptances
-- If :workspace is NULL, those of all workspaces.
SELECT {acceptance.columns}
  FROM revision_acceptance
 WHERE CAST(:workspace AS text) IS NULL OR workspace = :workspace
 ORDER BY workspace, revision;
