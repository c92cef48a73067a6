-- The workspaces whose steps the agent of an API key may take, as JSON; empty: the key's only one, or all.
ALTER TABLE api_key ADD COLUMN workspaces text COLLATE "C" NOT NULL DEFAULT '[]';
