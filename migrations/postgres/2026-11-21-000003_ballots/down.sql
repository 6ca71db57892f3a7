DROP TABLE turnout;
DROP TABLE profile;
DROP TABLE credentials;
DROP TABLE ballots;
