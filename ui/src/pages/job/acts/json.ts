export type ReadJson = { ok: true; value: unknown } | { ok: false; error: string };

/** What a person typed as JSON; nothing is null. */
export function readJson(text: string): ReadJson {
  if (text.trim() === "") return { ok: true, value: null };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { ok: false, error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
