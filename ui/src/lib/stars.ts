/** The tasks that this person has marked with a star; kept in this browser. */
import { storeOf } from "./store";

const KEY = "gitflow.stars";

function stored(): ReadonlySet<string> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(found) ? found.filter((each): each is string => typeof each === "string") : []);
  } catch {
    return new Set();
  }
}

const stars = storeOf<ReadonlySet<string>>(typeof localStorage === "undefined" ? new Set() : stored());

/** As `workspace/task`. */
export const useStars = stars.use;

export function toggleStar(task: string): void {
  const next = new Set(stars.get());
  if (!next.delete(task)) next.add(task);
  localStorage.setItem(KEY, JSON.stringify([...next]));
  stars.set(next);
}
