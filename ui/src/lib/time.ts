/** Times and durations as text. Times are RFC 3339; durations are in milliseconds. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Made once: a format takes a hundred times as long to make as to use, and a list has many times.
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const TIME_OF_DAY = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** `now`, `4 min ago`, `2 h ago`, `in 3 d`; a date when that is more than 30 days away. */
export function relative(at: string, now: number): string {
  const away = Date.parse(at) - now;
  const size = Math.abs(away);
  if (size < 45 * SECOND) return away > 0 ? "in a moment" : "now";
  if (size > 30 * DAY) return DATE.format(new Date(at));
  const [unit, word] = size < HOUR ? [MINUTE, "min"] : size < DAY ? [HOUR, "h"] : [DAY, "d"];
  const count = Math.max(1, Math.round(size / unit));
  return away > 0 ? `in ${count} ${word}` : `${count} ${word} ago`;
}

/** With the date, seconds and time zone of the viewer. */
export function absolute(at: string): string {
  return DATE_AND_TIME.format(new Date(at));
}

/** The time of day of the viewer, with milliseconds: `14:03:07.120`. */
export function exactTime(at: string): string {
  const time = new Date(at);
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(pad);
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** `320 ms`, `4.2 s`, `3 min 05 s`, `2 h 04 min`, `3 d 2 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${pad((ms % HOUR % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${pad((ms % HOUR) / MINUTE)} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** `14:05`, in the zone of the viewer. */
export const clockTime = (at: string | number): string => TIME_OF_DAY.format(new Date(at));

const pad = (value: number): string => String(Math.floor(value)).padStart(2, "0");

/** Minutes east of Greenwich in that zone at that time. */
function offsetIn(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(new Date(at));
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = (["year", "month", "day", "hour", "minute"] as const).map((type) => Number(parts.find((part) => part.type === type)?.value));
  return Math.round((Date.UTC(year, month - 1, day, hour, minute) - at) / MINUTE);
}

/** For each of these times, how the clocks of the zone were set since the one before: `clocks go forward 1 h`; else null. */
export function clockChanges(times: readonly string[], zone: string): (string | null)[] {
  const offsets = times.map((at) => offsetIn(zone, Date.parse(at)));
  return offsets.map((offset, index) => {
    const moved = index === 0 ? 0 : offset - (offsets[index - 1] ?? offset);
    return moved === 0 ? null : `after the clocks go ${moved > 0 ? "forward" : "back"} ${duration(Math.abs(moved) * MINUTE)}`;
  });
}

/** In another zone than that of the viewer: `02:30 in Europe/Berlin`. */
export function timeIn(zone: string, at: string): string {
  return `${new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(at))} in ${zone}`;
}

/** From a start to an end, or until now; null before the start. */
export function elapsed(from: string | null | undefined, to: string | null | undefined, now: number): number | null {
  if (!from) return null;
  return Math.max(0, (to ? Date.parse(to) : now) - Date.parse(from));
}
