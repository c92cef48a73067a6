-- Agents: which workers are agents, and the tags that the API key of an agent allows it to offer.
ALTER TABLE worker ADD COLUMN kind TEXT NOT NULL DEFAULT 'embedded';
ALTER TABLE api_key ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
