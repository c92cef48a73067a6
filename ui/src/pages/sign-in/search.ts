/** What the address of the sign-in holds: where one goes afterwards, and how a sign-in at a provider failed. */
const FAILURES = ["expired", "rejected", "unavailable"] as const;
export type Failure = (typeof FAILURES)[number];

export type SignInSearch = { next?: string | undefined; failed?: Failure | undefined; provider?: string | undefined };

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readSignInSearch = (raw: Record<string, unknown>): SignInSearch => ({
  next: text(raw["next"]),
  failed: FAILURES.find((each) => each === raw["failed"]),
  provider: text(raw["provider"]),
});

/** Why a sign-in at the provider of this name failed, and what to do. */
export const failureWords: Record<Failure, (provider: string) => string> = {
  expired: () => "The sign-in took too long, or was begun in another browser. Sign in again.",
  rejected: (provider) => `You were not signed in: ${provider} refused, or it does not vouch for your email, or your account here is disabled. Ask an administrator.`,
  unavailable: (provider) => `${provider} cannot be reached. Try again in a moment.`,
};

/** Only a path of this server: an address of another site would be an open redirect. */
export const localPath = (next: string | null | undefined): string => (next?.startsWith("/") && !/^\/[/\\]/.test(next) ? next : "/");
