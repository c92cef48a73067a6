-- name: add_user
INSERT INTO account (user_id, email, name, password_hash, is_admin, groups, created_at, disabled_at, last_login_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: save_user
UPDATE account
   SET email = ?, name = ?, password_hash = ?, is_admin = ?, groups = ?, disabled_at = ?, last_login_at = ?
 WHERE user_id = ?;

-- name: add_login
INSERT INTO login (provider, subject, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: logins
SELECT provider, subject FROM login WHERE user_id = ? ORDER BY provider, subject;

-- name: users
SELECT user_id, email, name, created_at, password_hash, is_admin, groups, disabled_at, last_login_at
  FROM account ORDER BY created_at, user_id LIMIT ? OFFSET ?;

-- name: user
SELECT user_id, email, name, created_at, password_hash, is_admin, groups, disabled_at, last_login_at
  FROM account WHERE user_id = ?;

-- name: user_by_email
SELECT user_id, email, name, created_at, password_hash, is_admin, groups, disabled_at, last_login_at
  FROM account WHERE email = ?;

-- name: user_by_login
SELECT account.user_id, email, name, created_at, password_hash, is_admin, groups, disabled_at, last_login_at
  FROM login JOIN account ON account.user_id = login.user_id WHERE provider = ? AND subject = ?;

-- name: has_users
SELECT EXISTS (SELECT 1 FROM account);

-- name: has_other_admins
SELECT EXISTS (SELECT 1 FROM account WHERE is_admin AND disabled_at IS NULL AND user_id <> ?);

-- name: add_key
INSERT INTO api_key (key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at,
                     parent_key_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: keys
SELECT key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at, revoked_at,
       last_used_at, parent_key_id
  FROM api_key
 WHERE (:user_id IS NULL OR user_id = :user_id) AND (:workspace IS NULL OR workspace = :workspace)
 ORDER BY created_at, key_id LIMIT :limit OFFSET :offset;

-- name: key
-- By its id, else by its name: a name may look like the id of another key.
SELECT key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at, revoked_at,
       last_used_at, parent_key_id
  FROM api_key WHERE key_id = :given OR name = :given ORDER BY key_id = :given DESC LIMIT 1;

-- name: key_by_digest
SELECT key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at, revoked_at,
       last_used_at, parent_key_id
  FROM api_key WHERE digest = ?;

-- name: keys_above
-- The keys by which a key was made, one made by the next, nearest first.
WITH RECURSIVE above (key_id, distance) AS (
    SELECT parent_key_id, 1 FROM api_key WHERE key_id = ?
    UNION ALL
    SELECT api_key.parent_key_id, distance + 1 FROM above JOIN api_key ON api_key.key_id = above.key_id
)
SELECT key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at, revoked_at,
       last_used_at, parent_key_id
  FROM above JOIN api_key USING (key_id) ORDER BY distance;

-- name: keys_below
-- All that a key made, also through keys that it made.
WITH RECURSIVE below (key_id) AS (
    SELECT key_id FROM api_key WHERE parent_key_id = ?
    UNION
    SELECT api_key.key_id FROM below JOIN api_key ON api_key.parent_key_id = below.key_id
)
SELECT key_id, name, digest, hint, created_at, user_id, created_by, scopes, workspace, expires_at, revoked_at,
       last_used_at, parent_key_id
  FROM below JOIN api_key USING (key_id) ORDER BY created_at, key_id;

-- name: revoke_key
UPDATE api_key SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL;

-- name: use_key
UPDATE api_key SET last_used_at = ? WHERE key_id = ?;

-- name: add_refresh_token
INSERT INTO refresh_token (digest, family, user_id, issued_at, expires_at) VALUES (?, ?, ?, ?, ?);

-- name: refresh_token
SELECT digest, family, user_id, issued_at, expires_at, used_at, used_address, used_agent, sibling_at
  FROM refresh_token WHERE digest = ?;

-- name: use_refresh_token
UPDATE refresh_token SET used_at = ?, used_address = ?, used_agent = ? WHERE digest = ? AND used_at IS NULL;

-- name: use_refresh_token_again
UPDATE refresh_token SET sibling_at = ? WHERE digest = ? AND used_at IS NOT NULL AND sibling_at IS NULL;

-- name: revoke_family
DELETE FROM refresh_token WHERE family = ?;

-- name: revoke_sessions
DELETE FROM refresh_token WHERE user_id = ?;

-- name: forget_refresh_tokens
DELETE FROM refresh_token
 WHERE digest IN (SELECT digest FROM refresh_token WHERE expires_at <= ? LIMIT ?);

-- name: add_audit
INSERT INTO audit (at, actor, what, address, workspace, subject, outcome, details, api_key)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: audit
SELECT id, at, actor, what, address, workspace, subject, outcome, details, api_key FROM audit
 WHERE {conditions}
 ORDER BY id DESC LIMIT :limit;

-- name: forget_audit
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?);
