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

-- name: was_accepted
SELECT EXISTS (SELECT 1 FROM revision WHERE workspace = :workspace AND revision = :revision AND is_accepted)
    AS found;

-- name: first_seen
-- A revision that was loaded was seen then, also if signatures were not checked.
SELECT min(at) AS seen_at
  FROM (SELECT seen_at AS at FROM first_seen WHERE workspace = :workspace AND object = :object
        UNION ALL
        SELECT loaded_at FROM revision WHERE workspace = :workspace AND revision = :object) AS seen;

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
