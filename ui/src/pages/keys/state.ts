import type { Key } from "../../queries/people";

/** Whether a key is still taken. */
export function stateOf(key: Pick<Key, "revoked_at" | "expires_at">, now: number): "in use" | "revoked" | "expired" {
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && Date.parse(key.expires_at) <= now ? "expired" : "in use";
}
