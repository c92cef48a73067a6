import { expect, test } from "vitest";
import { bytes } from "./bytes";

test.each([[0, "0 B"], [999, "999 B"], [1400, "1.4 kB"], [25_000_000, "25.0 MB"], [812_000, "812 kB"], [3e15, "3000 TB"]])("%i bytes are %s", (size, text) => {
  expect(bytes(size)).toBe(text);
});
