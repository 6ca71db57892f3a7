DROP TABLE choices;
DROP TABLE polls;
DROP TABLE site;
