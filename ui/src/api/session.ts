/**
 * Renews the session. The access token (15 minutes) and the refresh token (30 days) are cookies that scripts cannot
 * read; the server accepts changes only from its own pages (Origin and Sec-Fetch-Site), so no other token is needed.
 */
let pending: Promise<boolean> | null = null;

/** Whether the session goes on. Tabs take turns, as a refresh token may be used once. */
export function refreshed(): Promise<boolean> {
  pending ??= inTurn(renew).finally(() => {
    pending = null;
  });
  return pending;
}

/** Locks exist only on pages of https and of this machine; the server accepts the same token twice within 10 s. */
async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  return "locks" in navigator ? await navigator.locks.request("gitflow.refresh", work) : work();
}

async function renew(): Promise<boolean> {
  try {
    const me = await fetch("/api/auth/me");
    if (me.ok) return true; // another tab has renewed it meanwhile
    const headers = { "Content-Type": "application/json" };
    return (await fetch("/api/auth/refresh", { method: "POST", headers, body: "{}" })).ok;
  } catch {
    return false;
  }
}
