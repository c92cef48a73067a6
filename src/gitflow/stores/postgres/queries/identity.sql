-- name: add_user
INSERT INTO account ({account.columns}) VALUES ({account.values}) ON CONFLICT DO NOTHING;

-- name: save_user
-- Adds nothing if another account has the email address.
UPDATE account SET {account_changes.assignments}
 WHERE user_id = :user_id
   AND NOT EXISTS (SELECT 1 FROM account AS other WHERE other.email = :email AND other.user_id <> :user_id);

-- name: add_key
INSERT INTO api_key ({api_key.columns}) VALUES ({api_key.values}) ON CONFLICT DO NOTHING;
