-- A key that another key made ends with it; a row of the audit names the key that was used; a refresh token remembers
-- who traded it (address, SHA-256 of the user agent), and whether a second tab of the same browser did so as well.

ALTER TABLE api_key ADD COLUMN parent_key_id TEXT REFERENCES api_key (key_id) ON DELETE CASCADE;

CREATE INDEX api_key_of_parent ON api_key (parent_key_id) WHERE parent_key_id IS NOT NULL;

ALTER TABLE audit ADD COLUMN api_key TEXT;

CREATE INDEX audit_of_key ON audit (api_key, id) WHERE api_key IS NOT NULL;

ALTER TABLE refresh_token ADD COLUMN used_address TEXT;
ALTER TABLE refresh_token ADD COLUMN used_agent TEXT;
ALTER TABLE refresh_token ADD COLUMN sibling_at REAL;
