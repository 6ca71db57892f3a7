SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- The highest score of a ballot of scores.
ALTER TABLE polls ADD COLUMN highest INTEGER NOT NULL DEFAULT 5
    CONSTRAINT polls_highest_bounded CHECK (highest BETWEEN 1 AND 100);
-- Whether a ballot may be blank.
ALTER TABLE polls ADD COLUMN abstaining BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether voters look over their ballot before it is cast.
ALTER TABLE polls ADD COLUMN review BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether the results say what other methods make of the same ballots.
ALTER TABLE polls ADD COLUMN comparison BOOLEAN NOT NULL DEFAULT FALSE;
-- What the lots for ties are drawn from: its hash is shown while the poll is open, itself once it is closed.
ALTER TABLE polls ADD COLUMN seed TEXT NOT NULL DEFAULT '';
UPDATE polls SET seed = lower(hex(randomblob(32)));
-- Whether the seed was known before the last ballots could be cast.
ALTER TABLE polls ADD COLUMN seed_known BOOLEAN NOT NULL DEFAULT FALSE;
