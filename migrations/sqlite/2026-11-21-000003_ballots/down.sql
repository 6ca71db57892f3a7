SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
DROP TABLE turnout;
DROP TABLE profile;
DROP TABLE credentials;
DROP TABLE ballots;
