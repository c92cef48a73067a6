const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `512 B`, `4.2 MB`: in powers of 1000, with one digit behind the point below 10. */
export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}
