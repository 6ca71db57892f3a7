SELECT version(); -- SQLite has its own files: diesel without --config-file
ALTER TABLE sessions DROP COLUMN browser;
ALTER TABLE sessions DROP COLUMN created_at;
