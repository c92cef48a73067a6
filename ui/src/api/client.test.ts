import { expect, test } from "vitest";
import { answer, nextCursor } from "./client";
import { ApiError } from "./problem";

test("the cursor of the next page is read from the Link header", () => {
  expect(nextCursor('</api/jobs?limit=2&cursor=abc%3D>; rel="next"')).toBe("abc=");
  expect(nextCursor('</api/jobs>; rel="first", </api/jobs?cursor=2>; rel="next"')).toBe("2");
  expect(nextCursor('</api/jobs>; rel="first"')).toBeNull();
  expect(nextCursor(null)).toBeNull();
});

test("a refusal becomes an error with the words of the server", async () => {
  const error = { error: "name is required", code: "invalid_input", details: [{ field: "input.name", message: "is required" }] };
  const refused = answer(Promise.resolve({ error, response: new Response(null, { status: 400 }) }));
  await expect(refused).rejects.toMatchObject({ status: 400, message: "name is required", code: "invalid_input", details: error.details });
});

test("a refusal without a body still says its status", async () => {
  const refused = answer(Promise.resolve({ response: new Response(null, { status: 502 }) }));
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toThrow("502");
});
