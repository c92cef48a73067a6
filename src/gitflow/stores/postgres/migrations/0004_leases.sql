-- How long the active server is believed to live though nothing is heard of it, and where other servers reach it.

ALTER TABLE engine ADD COLUMN until timestamptz;
ALTER TABLE engine ADD COLUMN url text COLLATE "C";
