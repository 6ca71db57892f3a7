SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
DROP INDEX polls_listed;
DROP TABLE invitations;
DROP TABLE pictures;
ALTER TABLE choices DROP COLUMN alt;
ALTER TABLE polls DROP COLUMN folded;
ALTER TABLE polls DROP COLUMN invited;
ALTER TABLE polls DROP COLUMN zone;
ALTER TABLE polls DROP COLUMN turnout;
ALTER TABLE polls DROP COLUMN listed;
ALTER TABLE polls DROP COLUMN draft;
DROP TABLE sessions;
ALTER TABLE site DROP COLUMN setups;
