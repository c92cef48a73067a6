-- The log lines of one day, many in a row. A row's lines count from first_seq.

CREATE TABLE chunk (
    job_id    TEXT NOT NULL,
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
    lines     INTEGER NOT NULL CHECK (lines >= 1),
    step      TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    stream    TEXT NOT NULL,
    ts        REAL NOT NULL,             -- when the first of them was read
    stamps    TEXT,                      -- JSON: [[lines, ts], ...] when they were not all read at once
    codec     TEXT NOT NULL CHECK (codec IN ('raw', 'zlib', 'zstd')),
    data      BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX chunk_of_job ON chunk (job_id, first_seq);
