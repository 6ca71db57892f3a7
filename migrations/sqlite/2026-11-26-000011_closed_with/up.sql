SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- How many ballots were in when the poll was first shown as closed: whoever votes later, since a clock was set back, may
-- know the result and the seed.
ALTER TABLE polls ADD COLUMN closed_with BIGINT;
