/** The contrast of every pair of colours that the pages use, recomputed from tokens.css (WCAG 2.2). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FAMILIES } from "../src/lib/status";

const css = readFileSync(new URL("../src/app/tokens.css", import.meta.url), "utf8");

function themes(): Record<string, Record<string, string>> {
  const blocks = [...css.matchAll(/(:root|\[data-theme="dark"\])\s*\{([^}]*)\}/g)].map(([, , body]) =>
    Object.fromEntries([...(body ?? "").matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value])),
  );
  return { light: blocks[0] ?? {}, dark: blocks[1] ?? {} } as Record<string, Record<string, string>>;
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const TEXT = ["ink", "muted", "accent", ...FAMILIES.map((family) => `state-${family}`)];
const GROUNDS = ["surface", "panel", "raised"];
const ANSI = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].map((name) => `ansi-${name}`);
const PAIRS = [
  ...TEXT.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)),
  ...["ink", "muted"].flatMap((text) => [[text, "hover"], [text, "selected"]] as const),
  ...ANSI.flatMap((text) => [[text, "surface"]] as const),
  ["on-accent", "accent"] as const,
  ["on-bad", "state-bad"] as const,
];

describe.each(Object.entries(themes()))("%s", (_, colours) => {
  test.each(FAMILIES.flatMap((family) => [[family, "hover"], [family, "selected"]] as const))("%s on %s can be read: 4.5 to 1", (family, ground) => {
    const text = colours[`lit-${family}`] ?? colours[`state-${family}`] ?? "";
    expect(contrast(text, colours[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  test.each(PAIRS)("%s on %s can be read: 4.5 to 1", (text, ground) => {
    expect(colours[text], text).toBeDefined();
    expect(colours[ground], ground).toBeDefined();
    expect(contrast(colours[text] ?? "", colours[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});

test("both themes have the same colours", () => {
  const { light, dark } = themes();
  expect(Object.keys(dark ?? {}).sort()).toEqual(Object.keys(light ?? {}).sort());
});
