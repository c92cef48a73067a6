-- name: add_user
INSERT INTO account ({account.columns}) VALUES ({account.values});

-- name: save_user
UPDATE account SET {account_changes.assignments} WHERE user_id = :user_id;

-- name: has_other_admins
SELECT EXISTS (SELECT 1 FROM account WHERE is_admin AND disabled_at IS NULL AND user_id <> :user_id)
    AS found;

-- name: administrators
SELECT {account.columns}
  FROM account WHERE is_admin AND disabled_at IS NULL ORDER BY created_at, user_id LIMIT :limit;

-- name: add_key
INSERT INTO api_key ({api_key.columns}) VALUES ({api_key.values});

-- name: keys
SELECT {api_key.columns}
  FROM api_key
 WHERE (:user_id IS NULL OR user_id = :user_id) AND (:workspace IS NULL OR workspace = :workspace)
 ORDER BY created_at, key_id LIMIT :limit OFFSET :offset;
