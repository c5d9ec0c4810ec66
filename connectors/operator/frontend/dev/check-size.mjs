// The whole console, compressed, must stay small enough to open on a slow line.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 120_000;
const folder = new URL("../../static/", import.meta.url);
let total = 0;
for (const name of readdirSync(folder).sort()) {
  const file = new URL(name, folder);
  if (!statSync(file).isFile()) continue;
  const size = gzipSync(readFileSync(file), { level: 9 }).length;
  total += size;
  console.log(`${name.padEnd(16)} ${(size / 1000).toFixed(1).padStart(6)} kB gzip`);
}
console.log(`${"total".padEnd(16)} ${(total / 1000).toFixed(1).padStart(6)} kB gzip of ${LIMIT / 1000}`);
if (total > LIMIT) {
  console.error("The console is over its size limit.");
  process.exit(1);
}
