// The demo as a person starts it: its first start to a living district, the page in a browser, its end and its second start.
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   node demo.mjs --demo BIN --checks dashboard.mjs --chromium BIN --out DIR --modules DIR
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: Object.fromEntries(["demo", "checks", "chromium", "out", "modules"].map((name) => [name, { type: "string" }])),
});

/** Starts the demo and waits until its district lives; the lines it prints say where and when. */
async function startDemo(run) {
  const child = spawn(options.demo, ["--run", run, "--weeks", "1", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((done) => child.on("exit", (code, signal) => done({ code, signal })));
  const failed = ended.then(({ code, signal }) => { throw new Error(`the demo ended too early: ${code ?? signal}\n${said.join("\n")}`); });
  failed.catch(() => {});
  const said = [];
  const hears = (stream, pattern) => new Promise((done) => createInterface({ input: stream }).on("line", (line) => {
    said.push(line);
    const match = line.match(pattern);
    if (match) done(match[1] ?? line);
  }));
  const address = hears(child.stdout, /^Dashboard: (\S+)$/);
  const living = hears(child.stderr, /living now/);
  const url = await Promise.race([address, failed]);
  await Promise.race([living, failed]);
  return { url, said, end: () => (child.kill("SIGTERM"), ended) };
}

/** Runs the page's general checks against a running dashboard. */
async function checkPage(url) {
  const child = spawn(process.execPath, [options.checks, "--url", url, "--chromium", options.chromium, "--out", options.out,
    "--modules", options.modules], { stdio: "inherit" });
  const code = await new Promise((done) => child.on("exit", done));
  assert.equal(code, 0, "the page's checks");
}

const run = mkdtempSync(join(tmpdir(), "yk-demo-"));
try {
  const first = await startDemo(run);
  assert.ok(first.said.some((line) => /Adverts are thinned/.test(line)), "the demo says that adverts are thinned");
  await checkPage(first.url);
  const rows = (await (await fetch(`${first.url}api/v1/kpis?kpi=device_visits&resolution=1d`)).json()).rows;
  assert.ok(rows.filter((row) => row.final && row.state === "ok").length >= 10, "two places, five full days at the least");
  assert.deepEqual(await first.end(), { code: 0, signal: null });

  const second = await startDemo(run);
  assert.ok(!second.said.some((line) => /First start/.test(line)), "the second start finds its history");
  assert.deepEqual(await second.end(), { code: 0, signal: null });
  console.log("demo: first start, page, end, second start: as they should be");
} finally {
  rmSync(run, { recursive: true, force: true });
}
