// Both languages have the same texts with the same places to fill in. SPDX-License-Identifier: GPL-3.0-or-later
//   node texts.mjs WEB_SRC
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const src = process.argv[2];
const read = (lang) =>
  new Map([...readFileSync(join(src, "i18n", `${lang}.ts`), "utf8").matchAll(/^ {2}(\w+): "(.*)",$/gm)].map((m) => [m[1], m[2]]));
const en = read("en");
const ja = read("ja");
const mistakes = [];
if (en.size < 50) mistakes.push(`only ${en.size} English texts were found: this test no longer understands the file`);
const blanks = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
for (const [key, text] of en) {
  if (!ja.has(key)) mistakes.push(`ja lacks ${key}`);
  else if (blanks(text) !== blanks(ja.get(key))) mistakes.push(`${key}: {${blanks(text)}} in en, {${blanks(ja.get(key))}} in ja`);
  else if (!/[\u3040-\u30ff\u4e00-\u9fff－％～、。]/.test(ja.get(key))) mistakes.push(`${key} is not Japanese: ${ja.get(key)}`);
}
for (const key of ja.keys()) if (!en.has(key)) mistakes.push(`en lacks ${key}`);

// Every text is used: by its name, or through a name made of its beginning (kpi_..., ..._why).
const code = readdirSync(src).filter((name) => name.endsWith(".ts")).map((name) => readFileSync(join(src, name), "utf8")).join("\n");
const made = /^(kpi_|unit_|basis_|direction_|about_|live_)|_why$/;
const reasons = ["outage", "uncalibrated", "not_observable", "not_measurable", "below_k", "complementary", "too_short", "level_break"];
for (const key of en.keys())
  if (!made.test(key) && !reasons.includes(key) && !code.includes(`"${key}"`)) mistakes.push(`${key} is not used`);
for (const reason of reasons) if (!en.has(reason) || !en.has(`${reason}_why`)) mistakes.push(`no text for the reason ${reason}`);

for (const mistake of mistakes) console.error(mistake);
console.log(`${en.size} texts, ${mistakes.length} mistakes`);
process.exit(mistakes.length ? 1 : 0);
