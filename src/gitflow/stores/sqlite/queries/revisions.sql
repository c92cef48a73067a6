-- name: add_revision
-- With :unless_known, adds nothing if the workspace's newest row with the same result is the same revision.
INSERT INTO revision ({revision.columns})
SELECT {revision.values}
 WHERE NOT :unless_known
    OR :revision IS NOT (SELECT revision FROM revision
                          WHERE workspace = :workspace AND is_accepted = :is_accepted
                          ORDER BY id DESC LIMIT 1);

-- name: forget_revisions
-- The newest :most rows stay, and the last accepted one, however many were refused after it.
DELETE FROM revision
 WHERE workspace = :workspace
   AND id <= (SELECT id FROM revision WHERE workspace = :workspace ORDER BY id DESC LIMIT 1 OFFSET :most)
   AND id <> (SELECT coalesce(max(id), 0) FROM revision WHERE workspace = :workspace AND is_accepted = 1);

-- name: was_accepted
SELECT EXISTS (SELECT 1 FROM revision WHERE workspace = :workspace AND revision = :revision AND is_accepted = 1)
    AS found;

-- name: put_acceptance
INSERT OR REPLACE INTO revision_acceptance ({acceptance.columns}) VALUES ({acceptance.values});

-- name: last_accepted
SELECT id, {revision.columns}
  FROM revision
 WHERE workspace = :workspace AND is_accepted = 1
 ORDER BY id DESC
 LIMIT 1;
