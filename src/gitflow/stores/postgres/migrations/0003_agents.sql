-- Agents: which workers are agents, and the tags that the API key of an agent allows it to offer.

ALTER TABLE worker ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'embedded';
ALTER TABLE api_key ADD COLUMN tags text COLLATE "C" NOT NULL DEFAULT '[]';
