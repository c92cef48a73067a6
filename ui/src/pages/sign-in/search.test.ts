import { expect, test } from "vitest";
import { failureWords, localPath, readSignInSearch } from "./search";

test("one goes on to a page of this server alone", () => {
  expect(localPath("/audit?what=login.")).toBe("/audit?what=login.");
  for (const other of ["https://evil.example", "//evil.example", "/\\evil.example", "", undefined, null]) expect(localPath(other)).toBe("/");
});

test("an address says why a sign-in failed with a word of ours, and with no words of its own", () => {
  expect(readSignInSearch({ failed: "expired", provider: "sso" })).toEqual({ next: undefined, failed: "expired", provider: "sso" });
  expect(readSignInSearch({ failed: "Call this number" }).failed).toBeUndefined();
  expect(failureWords.unavailable("Example SSO")).toBe("Example SSO cannot be reached. Try again in a moment.");
});
