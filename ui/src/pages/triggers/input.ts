/** The input that somebody typed: an object in JSON, or nothing; null if it is something else. */
export function inputOf(typed: string): Record<string, unknown> | null {
  if (typed.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(typed);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
