// Fails when a built file is heavier than its budget (bytes after gzip -9).
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budgets = { 'widget.js': 3 * 1024, 'widget-app.js': 30 * 1024 };
let over = false;
for (const [name, budget] of Object.entries(budgets)) {
  const raw = readFileSync(new URL(`../../static/${name}`, import.meta.url));
  const size = gzipSync(raw, { level: 9 }).length;
  over ||= size > budget;
  console.log(`${name.padEnd(14)} ${raw.length} B, gzip ${size} B of ${budget} B ${size > budget ? 'OVER BUDGET' : 'ok'}`);
}
process.exitCode = over ? 1 : 0;
