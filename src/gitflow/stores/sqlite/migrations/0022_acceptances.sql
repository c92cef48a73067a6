-- Revisions that an administrator has accepted although they break the policy.

CREATE TABLE revision_acceptance (
    workspace TEXT NOT NULL,
    revision  TEXT NOT NULL,
    at        REAL NOT NULL,
    actor     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    PRIMARY KEY (workspace, revision)
) STRICT, WITHOUT ROWID;
