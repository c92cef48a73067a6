-- Accounts, keys, sign-ins, and the audit trail. Groups, scopes and details hold JSON text.

CREATE TABLE account (
    user_id       TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT NOT NULL,
    password_hash TEXT,
    is_admin      INTEGER NOT NULL CHECK (is_admin = 0 OR is_admin = 1),
    groups        TEXT NOT NULL,
    created_at    REAL NOT NULL,
    disabled_at   REAL,
    last_login_at REAL
) STRICT;

CREATE INDEX account_oldest ON account (created_at, user_id);

-- Which provider vouches for which account.
CREATE TABLE login (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    user_id  TEXT NOT NULL REFERENCES account (user_id) ON DELETE CASCADE,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_of_account ON login (user_id);

-- Tokens and keys are kept as hashes only.
CREATE TABLE api_key (
    key_id       TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE,
    digest       TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    hint         TEXT NOT NULL,
    created_at   REAL NOT NULL,
    user_id      TEXT REFERENCES account (user_id) ON DELETE CASCADE,
    created_by   TEXT,
    scopes       TEXT NOT NULL,
    workspace    TEXT,
    expires_at   REAL,
    revoked_at   REAL,
    last_used_at REAL
) STRICT;

CREATE TABLE refresh_token (
    digest     TEXT PRIMARY KEY CHECK (length(digest) = 64),
    family     TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES account (user_id) ON DELETE CASCADE,
    issued_at  REAL NOT NULL,
    expires_at REAL NOT NULL,
    used_at    REAL
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_token_of_family ON refresh_token (family);
CREATE INDEX refresh_token_of_account ON refresh_token (user_id);
CREATE INDEX refresh_token_expiring ON refresh_token (expires_at);

-- Only ever added to, and shortened by retention.
CREATE TABLE audit (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        REAL NOT NULL,
    actor     TEXT NOT NULL,
    what      TEXT NOT NULL,
    address   TEXT,
    workspace TEXT,
    subject   TEXT,
    outcome   TEXT NOT NULL CHECK (outcome = 'done' OR outcome = 'refused'),
    details   TEXT
) STRICT;

CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_subject ON audit (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
