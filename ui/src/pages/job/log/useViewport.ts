/** The part of a log that is scrolled into view, as lines: what viewport.ts reckons, for an element. */
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { contentHeight, LINE, linesIn, offsetOf, pagesOf, scrollFor } from "./viewport";

/** While one drags the scrollbar, the pages that fly past are not read. */
const SETTLE_MS = 60;

export function useViewport(count: number) {
  const scroller = useRef<HTMLDivElement | null>(null);
  const [height, setHeight] = useState(0);
  const [scrollTop, setScrollTop] = useState(0);
  /** Null until it is scrolled to the place at which the log opens: what lies at its beginning is not read for that. */
  const [settledTop, setSettledTop] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** What was last scrolled to; it stays in view until one scrolls away, also when the height changes. */
  const wanted = useRef<{ line: number; align: "middle" | "end"; top: number } | null>(null);
  const view = useMemo(() => ({ count, height }), [count, height]);

  const element = useCallback((node: HTMLDivElement | null) => {
    scroller.current = node;
    if (!node) return undefined;
    const observer = new ResizeObserver(() => setHeight(node.clientHeight));
    setHeight(node.clientHeight);
    observer.observe(node);
    return () => {
      observer.disconnect();
      scroller.current = null;
    };
  }, []);

  const onScroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    if (wanted.current && Math.abs(top - wanted.current.top) > LINE) wanted.current = null;
    setScrollTop(top);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSettledTop(top), SETTLE_MS);
  };

  const [request, again] = useState(0);
  // Only after the content has its new height can one scroll to its new end.
  useLayoutEffect(() => {
    if (!wanted.current || !scroller.current || height === 0) return;
    const top = scrollFor(view, wanted.current.line, wanted.current.align);
    wanted.current.top = top;
    scroller.current.scrollTop = top;
    setScrollTop(top);
    setSettledTop(top);
  }, [height, view, request]);
  const scrollTo = useCallback((line: number, align: "middle" | "end") => {
    wanted.current = { line, align, top: 0 };
    again((now) => now + 1);
  }, []);

  const shown = linesIn(view, scrollTop);
  return {
    element,
    onScroll,
    scrollTo,
    isReady: height > 0,
    height: contentHeight(view),
    ...shown,
    offset: offsetOf(view, scrollTop, shown.first),
    settledPages: (size: number, counted: number) => {
      if (height === 0 || settledTop === null) return [];
      const { first, last } = linesIn(view, settledTop);
      return pagesOf({ first, last: Math.min(last, counted) }, size);
    },
  };
}

export type Viewport = ReturnType<typeof useViewport>;
