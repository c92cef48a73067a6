import { expect, test } from "vitest";
import { loadAfter, patiently } from "./lazily";

test("what could not be loaded is loaded again once the server is back, and not before", async () => {
  let back: () => void = () => undefined;
  loadAfter(() => new Promise((then) => { back = then; }));
  let tries = 0;
  const load = patiently(() => (++tries === 1 ? Promise.reject(new Error("gone")) : Promise.resolve(tries)));
  const loaded = load();
  await Promise.resolve();
  expect(tries).toBe(1);
  await new Promise((then) => setTimeout(then));
  back();
  expect(await loaded).toBe(2);
});

test("what fails again is told", async () => {
  loadAfter(() => Promise.resolve());
  await expect(patiently(() => Promise.reject(new Error("no such file")))()).rejects.toThrow("no such file");
});
