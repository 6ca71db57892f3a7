SELECT version(); -- SQLite has its own files: diesel without --config-file
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
UPDATE polls SET seed = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
-- Whether the seed was known before the last ballots could be cast.
ALTER TABLE polls ADD COLUMN seed_known BOOLEAN NOT NULL DEFAULT FALSE;

-- An entry of a B-tree has 2,704 bytes at most, and the marks of a long ranking are more: a digest stands for them.
-- Keys are ASCII without a backslash, so that the marks decode to themselves.
ALTER TABLE profile DROP CONSTRAINT IF EXISTS profile_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS profile_pkey ON profile (poll_id, sha256(decode(marks, 'escape')), shard);
