-- name: workspaces_of_revisions
SELECT DISTINCT workspace FROM revision ORDER BY workspace;

-- name: see_object
-- Keeps the first time.
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
