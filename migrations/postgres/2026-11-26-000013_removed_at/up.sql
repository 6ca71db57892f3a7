SELECT version(); -- SQLite has its own files: diesel without --config-file
-- When its organiser removed it. Its rows go bit by bit, and its address is free for another poll at once.
ALTER TABLE polls ADD COLUMN removed_at TIMESTAMP;
UPDATE polls SET removed_at = CURRENT_TIMESTAMP AT TIME ZONE 'UTC' WHERE slug LIKE 'removed/%';
