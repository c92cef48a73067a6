/** A status as glyph, and as glyph and word: never as a colour alone. */
import type { ReactNode } from "react";
import { classes } from "../lib/classes";
import { type Family, type Glyph, lookOf } from "../lib/status";

const COLOUR: Record<Family, string> = {
  good: "text-good",
  bad: "text-bad",
  live: "text-live",
  waits: "text-waits",
  idle: "text-idle",
};

const knockout = { stroke: "var(--surface)", strokeWidth: 1.8, fill: "none", strokeLinecap: "round" } as const;
const line = { stroke: "currentColor", strokeWidth: 1.6, fill: "none", strokeLinecap: "round" } as const;

/** In a field of 16 × 16. */
const SHAPES: Record<Glyph, ReactNode> = {
  check: <><circle cx="8" cy="8" r="7" fill="currentColor" /><path d="M5 8.3l2.1 2.1L11 6.2" {...knockout} strokeLinejoin="round" /></>,
  cross: <><path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="currentColor" /><path d="M5.8 5.8l4.4 4.4m0-4.4l-4.4 4.4" {...knockout} /></>,
  clock: <><path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="currentColor" /><path d="M8 4.6V8l2.4 1.6" {...knockout} /></>,
  turning: <><circle cx="8" cy="8" r="6.2" {...line} opacity="0.3" /><path d="M8 1.8a6.2 6.2 0 0 1 6.2 6.2" {...line} strokeWidth={2.2} className="turning" /></>,
  quarter: <><circle cx="8" cy="8" r="6.2" {...line} /><path d="M8 8V3.6A4.4 4.4 0 0 1 12.4 8z" fill="currentColor" /></>,
  hand: <><path d="M4 2h8M4 14h8M5 2c0 4 6 5 6 8v4M11 2c0 4-6 5-6 8v4" {...line} /></>,
  bars: <><circle cx="8" cy="8" r="6.2" {...line} /><path d="M6.3 5.4v5.2M9.7 5.4v5.2" {...line} /></>,
  dashed: <circle cx="8" cy="8" r="6.2" {...line} strokeDasharray="2.4 2.4" />,
  skip: <path d="M2 10c2-5 6-5 8-2.4M7.4 8.6h3.4V5.2M13.4 4v8" {...line} strokeLinejoin="round" />,
  stop: <><circle cx="8" cy="8" r="6.2" {...line} /><path d="M3.7 12.3l8.6-8.6" {...line} /></>,
};

export function StatusGlyph({ status, size = 14, label = true }: { status: string; size?: number; label?: boolean }) {
  const look = lookOf(status);
  const named = label ? { role: "img", "aria-label": look.word } : { "aria-hidden": true };
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} className={classes("inline-block shrink-0", COLOUR[look.family])} {...named}>
      {SHAPES[look.glyph]}
    </svg>
  );
}

/** Failed is the only solid chip, so that the eye lands on it. */
export function StatusChip({ status }: { status: string }) {
  const look = lookOf(status);
  if (look.family === "bad") {
    return (
      <span className="inline-flex h-5 items-center gap-1 rounded-sm bg-bad align-middle px-1.5 text-12 font-semibold text-on-bad">
        <BareGlyph glyph={look.glyph} />
        {look.word}
      </span>
    );
  }
  return (
    <span className={classes("inline-flex h-5 items-center gap-1.5 align-middle text-12", look.family === "good" ? "text-muted" : "font-medium text-ink")}>
      <StatusGlyph status={status} label={false} />
      {look.word}
    </span>
  );
}

function BareGlyph({ glyph }: { glyph: Glyph }) {
  return (
    <svg viewBox="0 0 16 16" width={12} height={12} aria-hidden fill="none" stroke="currentColor" strokeWidth={2.2} strokeLinecap="round">
      {glyph === "clock" ? <path d="M8 3v5l3.4 2.2" /> : <path d="M4 4l8 8m0-8l-8 8" />}
    </svg>
  );
}
