SELECT version(); -- SQLite has its own files: diesel without --config-file
DROP TABLE turnout;
DROP TABLE profile;
DROP TABLE credentials;
DROP TABLE ballots;
