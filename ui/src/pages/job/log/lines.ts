/** Lines in an address: `#step:attempt:L123-130`. */
export type Lines = { step: string; attempt: number; from: number; to: number };

export const linesToHash = ({ step, attempt, from, to }: Lines): string => `${encodeURIComponent(step)}:${attempt}:L${from}${to > from ? `-${to}` : ""}`;

export function hashToLines(hash: string): Lines | null {
  const found = /^#?(.+):(\d{1,9}):L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(hash);
  if (!found) return null;
  const [, step = "", attempt, first, last] = found;
  const [a, b] = [Number(first), Number(last ?? first)];
  return { step: decoded(step), attempt: Number(attempt), from: Math.max(1, Math.min(a, b)), to: Math.max(a, b) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
