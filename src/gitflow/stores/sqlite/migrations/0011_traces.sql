-- The trace that a job goes on with, as whoever asked for it named it (W3C Trace Context).

ALTER TABLE job ADD COLUMN traceparent TEXT;
