SELECT version(); -- SQLite has its own files: diesel without --config-file
-- Marks that no index entry holds stay where they are, found by their digest: nothing of a ballot is deleted here.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM profile WHERE octet_length(marks) > 2000) THEN
        DROP INDEX profile_pkey;
        ALTER TABLE profile ADD CONSTRAINT profile_pkey PRIMARY KEY (poll_id, marks, shard);
    END IF;
END
$$;
ALTER TABLE polls DROP COLUMN seed_known;
ALTER TABLE polls DROP COLUMN seed;
ALTER TABLE polls DROP COLUMN comparison;
ALTER TABLE polls DROP COLUMN review;
ALTER TABLE polls DROP COLUMN abstaining;
ALTER TABLE polls DROP COLUMN highest;
