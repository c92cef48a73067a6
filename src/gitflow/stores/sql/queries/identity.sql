-- name: add_login
INSERT INTO login (provider, subject, user_id) VALUES (:provider, :subject, :user_id) ON CONFLICT DO NOTHING;

-- name: logins
SELECT provider, subject FROM login WHERE user_id = :user_id ORDER BY provider, subject;

-- name: users
SELECT {account.columns}
  FROM account ORDER BY created_at, user_id LIMIT :limit OFFSET :offset;

-- name: user
SELECT {account.columns}
  FROM account WHERE user_id = :user_id;

-- name: user_by_email
SELECT {account.columns}
  FROM account WHERE email = :email;

-- name: user_by_login
SELECT {account.qualified}
  FROM login JOIN account USING (user_id) WHERE provider = :provider AND subject = :subject;

-- name: has_users
SELECT EXISTS (SELECT 1 FROM account) AS found;

-- name: key
-- By its id, else by its name: a name may look like the id of another key.
SELECT {api_key.columns}
  FROM api_key WHERE key_id = :given OR name = :given ORDER BY key_id = :given DESC LIMIT 1;

-- name: key_by_digest
SELECT {api_key.columns}
  FROM api_key WHERE digest = :digest;

-- name: keys_above
-- The keys by which a key was made, one made by the next, nearest first.
WITH RECURSIVE above (key_id, distance) AS (
    SELECT parent_key_id, 1 FROM api_key WHERE key_id = :key_id
    UNION ALL
    SELECT api_key.parent_key_id, distance + 1 FROM above JOIN api_key ON api_key.key_id = above.key_id
)
SELECT {api_key.columns}
  FROM above JOIN api_key USING (key_id) ORDER BY distance;

-- name: keys_below
-- All that a key made, also through keys that it made.
WITH RECURSIVE below (key_id) AS (
    SELECT key_id FROM api_key WHERE parent_key_id = :key_id
    UNION
    SELECT api_key.key_id FROM below JOIN api_key ON api_key.parent_key_id = below.key_id
)
SELECT {api_key.columns}
  FROM below JOIN api_key USING (key_id) ORDER BY created_at, key_id;

-- name: revoke_key
UPDATE api_key SET revoked_at = :at WHERE key_id = :key_id AND revoked_at IS NULL;

-- name: use_key
UPDATE api_key SET last_used_at = :at WHERE key_id = :key_id;

-- name: add_refresh_token
INSERT INTO refresh_token (digest, family, user_id, issued_at, expires_at)
VALUES (:digest, :family, :user_id, :issued_at, :expires_at);

-- name: refresh_token
SELECT {refresh_token.columns}
  FROM refresh_token WHERE digest = :digest;

-- name: use_refresh_token
UPDATE refresh_token SET used_at = :at, used_address = :address, used_agent = :agent WHERE digest = :digest AND used_at IS NULL;

-- name: use_refresh_token_again
UPDATE refresh_token SET sibling_at = :at WHERE digest = :digest AND used_at IS NOT NULL AND sibling_at IS NULL;

-- name: revoke_family
DELETE FROM refresh_token WHERE family = :family;

-- name: revoke_sessions
DELETE FROM refresh_token WHERE user_id = :user_id;

-- name: sessions
-- A session is a family of tokens. It is shown by a part of the digest of its first token.
SELECT substr(family, 1, 32) AS session_id, min(issued_at) AS began_at, max(issued_at) AS last_used_at,
       max(expires_at) AS expires_at,
       (SELECT used_address FROM refresh_token AS used
         WHERE used.family = refresh_token.family AND used.used_at IS NOT NULL
         ORDER BY used.used_at DESC LIMIT 1) AS address
  FROM refresh_token
 WHERE user_id = :user_id
 GROUP BY family
HAVING max(expires_at) > :at
 ORDER BY last_used_at DESC, session_id;

-- name: revoke_session
DELETE FROM refresh_token WHERE user_id = :user_id AND substr(family, 1, 32) = :session_id;

-- name: forget_refresh_tokens
DELETE FROM refresh_token
 WHERE digest IN (SELECT digest FROM refresh_token WHERE expires_at <= :expired_before LIMIT :most);

-- name: add_audit
INSERT INTO audit ({audit.columns}) VALUES ({audit.values});

-- name: audit
SELECT id, {audit.columns} FROM audit
 WHERE {conditions}
 ORDER BY id DESC LIMIT :limit;

-- name: forget_audit
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < :before ORDER BY at LIMIT :most);
