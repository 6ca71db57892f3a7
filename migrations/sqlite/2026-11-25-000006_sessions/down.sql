SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
ALTER TABLE sessions DROP COLUMN browser;
ALTER TABLE sessions DROP COLUMN created_at;
