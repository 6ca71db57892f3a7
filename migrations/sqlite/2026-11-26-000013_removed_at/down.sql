SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
ALTER TABLE polls DROP COLUMN removed_at;
