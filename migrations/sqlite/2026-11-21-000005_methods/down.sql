SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
ALTER TABLE polls DROP COLUMN seed_known;
ALTER TABLE polls DROP COLUMN seed;
ALTER TABLE polls DROP COLUMN comparison;
ALTER TABLE polls DROP COLUMN review;
ALTER TABLE polls DROP COLUMN abstaining;
ALTER TABLE polls DROP COLUMN highest;
