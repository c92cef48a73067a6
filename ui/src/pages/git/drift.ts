/** How the active revision stands to the remote branch, in words. */
import type { Drift } from "../../queries/git";

/** `synced`, `1 behind`, `2 ahead, 1 behind`. */
export function driftWords({ status, ahead, behind }: Drift): string {
  if (status === "unserved") return "no active revision";
  if (status === "unreachable") return "unreachable";
  if (status === "synced") return "synced";
  const parts = [ahead ? `${ahead} ahead` : "", behind ? `${behind} behind` : ""].filter(Boolean);
  return parts.join(", ") || status;
}

/** Whether somebody should look at it. */
export const isTroubled = ({ status, reason }: Drift): boolean => status !== "synced" || reason !== null;
