SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- By what the SECRET_KEY is known with which this database is used: its keyed hash of a fixed word.
ALTER TABLE site ADD COLUMN secret_fingerprint TEXT;
