SELECT version(); -- SQLite has its own files: diesel without --config-file
DROP TRIGGER polls_delete_ballots ON polls;
DROP TRIGGER ballots_poll_exists_on_update ON ballots;
DROP TRIGGER ballots_poll_exists_on_insert ON ballots;
DROP FUNCTION delete_ballots_of_poll();
DROP FUNCTION check_polls_of_ballots();
ALTER TABLE ballots ADD CONSTRAINT ballots_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE;
