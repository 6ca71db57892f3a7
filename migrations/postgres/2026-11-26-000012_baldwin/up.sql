SELECT version(); -- SQLite has its own files: diesel without --config-file
-- The method baldwin.
ALTER TABLE polls DROP CONSTRAINT polls_method_known;
ALTER TABLE polls ADD CONSTRAINT polls_method_known CHECK (method IN (
    'plurality', 'approval', 'score', 'star', 'majority-judgment', 'borda', 'dowdall', 'two-round',
    'irv', 'stv', 'stv-meek', 'copeland', 'minimax', 'minimax-margins', 'schulze', 'schulze-margins',
    'ranked-pairs', 'ranked-pairs-margins', 'baldwin'
));
