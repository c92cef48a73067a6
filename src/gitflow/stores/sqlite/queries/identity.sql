-- name: add_user
INSERT INTO account ({account.columns}) VALUES ({account.values});

-- name: save_user
UPDATE account SET {account_changes.assignments} WHERE user_id = :user_id;

-- name: add_key
INSERT INTO api_key ({api_key.columns}) VALUES ({api_key.values});
