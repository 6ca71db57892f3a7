SELECT version(); -- SQLite has its own files: diesel without --config-file
ALTER TABLE polls DROP COLUMN removed_at;
