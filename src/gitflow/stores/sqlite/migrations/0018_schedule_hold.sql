-- The time during which a drained server left its schedules to the next one. There is at most one row.

CREATE TABLE schedule_hold (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    begin REAL NOT NULL,
    until REAL NOT NULL
) STRICT;
