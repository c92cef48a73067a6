-- name: put_chunk
-- The given first_seq is relative; the number of the job's last line is added.
/* gathered by job_id; once by job_id, first_seq */
INSERT INTO chunk (day, job_id, first_seq, lines, step, attempt, stream, ts, stamps, codec, data)
SELECT day, job_id,
       first_seq + coalesce(
           (SELECT earlier.first_seq + earlier.lines - 1 FROM chunk AS earlier
             WHERE earlier.job_id = given.job_id AND earlier.day >= given.first_day
             ORDER BY earlier.first_seq DESC LIMIT 1), 0),
       lines, step, attempt, stream, ts, stamps, codec, data
  FROM unnest(:day, :job_id, :first_seq, :lines, :step, :attempt, :stream, :ts, :stamps, :codec, :data, :first_day::text)
       AS given (day, job_id, first_seq, lines, step, attempt, stream, ts, stamps, codec, data, first_day);

-- name: next_seq
-- The number after the job's last line; no row if it has none.
SELECT first_seq + lines AS next_seq FROM chunk
 WHERE job_id = :job_id AND day >= :first_day ORDER BY first_seq DESC LIMIT 1;

-- name: chunks
-- A page of a job's chunks in order.
SELECT first_seq, lines, step, attempt, stream, ts, stamps, codec, data
  FROM chunk
 WHERE job_id = :job_id AND day >= :first_day AND first_seq >= :first_seq
 ORDER BY first_seq
 LIMIT 16;

-- name: chunk_heads
-- A page of the facts about each chunk, in order. The data is read only if nothing else tells its size.
SELECT first_seq, lines, step, attempt, stream, stamps, codec, length(data) AS stored,
       CASE WHEN stamps IS NOT NULL OR codec = 'raw' THEN CAST('' AS bytea) WHEN codec = 'zlib' THEN data
            ELSE substr(data, 1, 18) END AS head
  FROM chunk
 WHERE job_id = :job_id AND day >= :first_day AND first_seq >= :first_seq
 ORDER BY first_seq
 LIMIT 1024;

-- name: chunk_with
-- The first_seq of the chunk that holds a line, or of the last one before it.
SELECT first_seq FROM chunk
 WHERE job_id = :job_id AND day >= :first_day AND first_seq <= :seq ORDER BY first_seq DESC LIMIT 1;

-- name: sizes_from_end
-- For a tail: the facts about each chunk, from the last to the first.
SELECT first_seq, lines, step, stream FROM chunk
 WHERE job_id = :job_id AND day >= :first_day AND first_seq < :below ORDER BY first_seq DESC LIMIT 256;

-- name: delete_logs
DELETE FROM chunk WHERE job_id = :job_id AND day >= :first_day;

-- name: has_lines_of
SELECT 1 AS found FROM texts_of(:job_ids) AS wanted
 WHERE EXISTS (SELECT 1 FROM chunk WHERE day = :day AND job_id = wanted) LIMIT 1;

-- name: log_days
-- The days that have a partition, oldest first, and how many bytes each takes.
SELECT to_char(to_date(right(child.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') AS day, pg_total_relation_size(child.oid) AS size
  FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
 WHERE inhparent = 'chunk'::regclass
 ORDER BY day;
