import { expect, test } from "vitest";
import { bytes } from "./bytes";

test.each([[0, "0 B"], [999, "999 B"], [1000, "1.0 kB"], [4_237_323, "4.2 MB"], [48_000_000, "48 MB"], [2e15, "2000 TB"]])("%d bytes are %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});
