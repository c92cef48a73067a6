// Writes .br and .gz beside each larger text file of dist/, and prints what the first load weighs.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const TEXT = /\.(js|css|svg|json|txt|html)$/;
const MIN_BYTES = 1024;
const MAX_FIRST_LOAD = 160_000;

const files = readdirSync(DIST, { recursive: true, encoding: "utf8" })
  .map((name) => join(DIST, name))
  .filter((path) => TEXT.test(path) && statSync(path).isFile() && !path.endsWith("index.html"))
  .sort();

for (const path of files) {
  const body = readFileSync(path);
  if (body.length < MIN_BYTES) continue;
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
}

const index = readFileSync(join(DIST, "index.html"), "utf8");
const first = files.filter((path) => index.includes(relative(DIST, path)));
const weight = first.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
console.log(`first load: ${(weight / 1000).toFixed(1)} kB gzipped, of ${MAX_FIRST_LOAD / 1000} kB allowed`);
if (weight > MAX_FIRST_LOAD) {
  console.error("the first load is too large: load a page or an overlay lazily, or leave a library out");
  process.exit(1);
}
