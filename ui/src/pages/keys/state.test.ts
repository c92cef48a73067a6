import { expect, test } from "vitest";
import { stateOf } from "./state";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("a key is in use until it expires or is revoked", () => {
  expect(stateOf({ revoked_at: null, expires_at: null }, NOW)).toBe("in use");
  expect(stateOf({ revoked_at: null, expires_at: "2026-03-01T12:00:01Z" }, NOW)).toBe("in use");
  expect(stateOf({ revoked_at: null, expires_at: "2026-03-01T12:00:00Z" }, NOW)).toBe("expired");
  expect(stateOf({ revoked_at: "2026-02-01T00:00:00Z", expires_at: "2026-02-02T00:00:00Z" }, NOW)).toBe("revoked");
});
