SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
ALTER TABLE site DROP COLUMN secret_fingerprint;
