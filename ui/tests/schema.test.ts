import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generated } from "../scripts/api.mjs";

test("the types of the API are those of the server's document: otherwise run `npm run api`", async () => {
  expect(readFileSync(new URL("../src/api/schema.d.ts", import.meta.url), "utf8")).toBe(await generated());
}, 60_000);
