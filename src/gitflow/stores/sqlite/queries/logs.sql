-- name: next_seq
-- The number after the job's last line of this day; no row if it has none.
SELECT first_seq + lines AS next_seq FROM chunk WHERE job_id = :job_id ORDER BY first_seq DESC LIMIT 1;

-- name: put_chunk
INSERT INTO chunk (job_id, first_seq, lines, step, attempt, stream, ts, stamps, codec, data)
VALUES (:job_id, :first_seq, :lines, :step, :attempt, :stream, :ts, :stamps, :codec, :data);

-- name: chunks
-- A page of a job's chunks in order.
SELECT first_seq, lines, step, attempt, stream, ts, stamps, codec, data
  FROM chunk
 WHERE job_id = :job_id AND first_seq >= :first_seq
 ORDER BY first_seq
 LIMIT 16;

-- name: chunk_heads
-- A page of the facts about each chunk, in order. The data is read only if nothing else tells its size.
SELECT first_seq, lines, step, attempt, stream, stamps, codec, length(data) AS stored,
       CASE WHEN stamps IS NOT NULL OR codec = 'raw' THEN x'' WHEN codec = 'zlib' THEN data ELSE substr(data, 1, 18) END AS head
  FROM chunk
 WHERE job_id = :job_id AND first_seq >= :first_seq
 ORDER BY first_seq
 LIMIT 1024;

-- name: chunk_with
-- The first_seq of the chunk that holds a line, or of the last one before it.
SELECT first_seq FROM chunk WHERE job_id = :job_id AND first_seq <= :seq ORDER BY first_seq DESC LIMIT 1;

-- name: sizes_from_end
-- For a tail: the facts about each chunk, from the last to the first.
SELECT first_seq, lines, step, stream FROM chunk WHERE job_id = :job_id AND first_seq < :below ORDER BY first_seq DESC LIMIT 256;

-- name: delete_logs
DELETE FROM chunk WHERE job_id = :job_id;
