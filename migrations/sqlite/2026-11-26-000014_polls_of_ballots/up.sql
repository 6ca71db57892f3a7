SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- Nothing to do: on SQLite, ballots_poll_exists costs little. This version is there because both engines have the same.
