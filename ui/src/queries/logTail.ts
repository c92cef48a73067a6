/** The lines that a step prints while one looks: over the WebSocket of the job's log, after what its index has counted. */
import { useEffect, useRef, useState } from "react";
import { type LogLine, type LogSource, parseLines } from "./logs";

/** Lines are shown together that come within this time. */
const GATHER_MS = 100;
/** With more lines than this the index is read again, and they are read by number. */
export const MAX_TAIL = 20_000;
const RECONNECT_MS = 1000;

const NOTHING: readonly LogLine[] = [];

/** Whether a line is of the step, or of an instance of it. */
export const isOfStep = (line: Pick<LogLine, "step">, step: string): boolean => line.step === step || line.step.startsWith(`${step}[`);

/**
 * `since`: the `seq` of the last line that was counted; null follows nothing. `onStale` is called when the lines must be
 * counted again: the log has ended, the connection was lost, or there are many.
 */
export function useLogTail({ jobId, step, attempt }: LogSource, since: number | null, onStale: () => void): readonly LogLine[] {
  const [tail, setTail] = useState<{ since: number | null; lines: readonly LogLine[] }>({ since: null, lines: NOTHING });
  const stale = useRef(onStale);
  useEffect(() => {
    stale.current = onStale;
  });
  useEffect(() => {
    if (since === null) return;
    let lines: LogLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let isLeft = false;
    const flush = () => {
      timer = undefined;
      setTail({ since, lines: [...lines] });
      if (lines.length > MAX_TAIL) stale.current();
    };
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/jobs/${jobId}/logs/stream?since_seq=${since}`);
    socket.onmessage = (event: MessageEvent<string>) => {
      const news = parseLines(event.data).filter((line) => isOfStep(line, step));
      const own = attempt === undefined ? news : news.filter((line) => line.attempt === attempt);
      if (own.length < news.length) again ??= setTimeout(() => stale.current(), RECONNECT_MS); // another attempt has begun
      if (own.length === 0) return;
      lines = lines.concat(own);
      timer ??= setTimeout(flush, GATHER_MS);
    };
    socket.onclose = () => {
      if (!isLeft) again ??= setTimeout(() => stale.current(), RECONNECT_MS);
    };
    return () => {
      isLeft = true;
      clearTimeout(timer);
      clearTimeout(again);
      socket.close();
    };
  }, [jobId, step, attempt, since]);
  return tail.since === since && since !== null ? tail.lines : NOTHING;
}
