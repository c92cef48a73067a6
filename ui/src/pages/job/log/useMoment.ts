import { useEffect, useState } from "react";
import { type LogSource, PAGE_LINES, useReadPage } from "../../../queries/logs";
import { linesUntil } from "./moment";

/** How many of the lines were printed by then; without a moment all. While that is being found, as many as before. */
export function useLinesUntil(source: LogSource, count: number, until: string | null): number {
  const [found, setFound] = useState<number | null>(null);
  const readPage = useReadPage(source, count);
  const key = JSON.stringify([source, count, until]);
  useEffect(() => {
    if (until === null) return setFound(null);
    let isOver = false;
    const show = (lines: number) => {
      if (!isOver) setFound(lines);
    };
    // A page that cannot be read is reported by the lines themselves.
    linesUntil(until, count, PAGE_LINES, readPage).then(show, () => show(count));
    return () => {
      isOver = true;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- by what is in it: the objects are new each time
  }, [key]);
  return until === null ? count : Math.min(found ?? 0, count);
}
