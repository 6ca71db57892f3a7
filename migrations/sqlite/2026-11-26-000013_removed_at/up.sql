SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- When its organiser removed it. Its rows go bit by bit, and its address is free for another poll at once.
ALTER TABLE polls ADD COLUMN removed_at TIMESTAMP;
UPDATE polls SET removed_at = CURRENT_TIMESTAMP WHERE slug LIKE 'removed/%';
