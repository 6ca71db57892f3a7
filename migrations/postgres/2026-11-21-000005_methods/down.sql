DROP INDEX profile_pkey;
ALTER TABLE profile ADD CONSTRAINT profile_pkey PRIMARY KEY (poll_id, marks, shard);
ALTER TABLE polls DROP COLUMN seed_known;
ALTER TABLE polls DROP COLUMN seed;
ALTER TABLE polls DROP COLUMN comparison;
ALTER TABLE polls DROP COLUMN review;
ALTER TABLE polls DROP COLUMN abstaining;
ALTER TABLE polls DROP COLUMN highest;
