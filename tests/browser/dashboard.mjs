// The dashboard in a real browser. SPDX-License-Identifier: GPL-3.0-or-later
//
//   node dashboard.mjs --serve BIN --make-store BIN --config YAML --chromium BIN --out DIR --modules DIR
//       starts the server before its store exists, lets the store come, and compares tiles and tables with the values that
//       make_store.c wrote (they are written down here again by hand)
//   node dashboard.mjs --url http://127.0.0.1:8080/ --chromium BIN --out DIR --modules DIR
//       the checks that hold for every district: figures equal to the API's, Japanese, no errors, nothing from elsewhere
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: Object.fromEntries(["serve", "make-store", "config", "chromium", "out", "modules", "url"].map((name) => [name, { type: "string" }])),
});
const { chromium } = createRequire(join(resolve(options.modules), "package.json"))("playwright-core");
const out = resolve(options.out);
mkdirSync(out, { recursive: true });

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Starts yukikai-serve; its first line says where it listens. */
async function startServer(store) {
  const server = spawn(options.serve, [options.config, "--store", store, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => server.on("exit", (code, signal) => done({ code, signal })));
  const line = await Promise.race([
    new Promise((done) => createInterface({ input: server.stdout }).once("line", done)),
    ended.then(({ code }) => { throw new Error(`the server ended with ${code}`); }),
  ]);
  assert.match(line, /^Dashboard: http:\/\/127\.0\.0\.1:\d+\/$/);
  return { url: line.slice("Dashboard: ".length), stop: () => (server.kill("SIGTERM"), ended) };
}

/** A page that remembers every error and every request that leaves for elsewhere. */
async function openPage(browser, url, hash, settings = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "America/New_York", ...settings });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => new URL(request.url()).origin !== new URL(url).origin && faults.push(`elsewhere: ${request.url()}`));
  page.setDefaultTimeout(20000);
  await page.goto(`${url}#${hash}`);
  return { page, faults };
}

const ready = (page, wanted) => page.waitForFunction((text) => document.body.dataset.ready?.includes(text), wanted);
const tile = (page, kpi) => page.locator(`.tile[data-kpi="${kpi}"]`);
const openTables = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));

/** A line of the trend's table as texts. */
async function trendLine(page, window) {
  const line = page.locator("#trend-table tbody tr").filter({ has: page.locator(`th:text-is("${window}")`) });
  return { kind: await line.getAttribute("data-kind"), cells: await line.locator("td").allInnerTexts() };
}

async function gridCell(page, table, name, column) {
  const line = page.locator(`#${table} tbody tr`).filter({ has: page.locator(`th:text-is("${name}")`) });
  const cell = line.locator("td").nth(column);
  return { kind: await cell.getAttribute("data-kind"), text: await cell.innerText() };
}

async function noOverflow(page, name) {
  const [inner, wide] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(wide <= inner, `${name}: the page is ${wide} px wide in a window of ${inner}`);
}

/** Charts were painted: their canvas holds more than one colour. */
async function chartsArePainted(page) {
  const colours = await page.evaluate(() => [...document.querySelectorAll(".chart canvas")].map((canvas) => {
    const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size;
  }));
  assert.equal(colours.length, 3, "three charts");
  for (const n of colours) assert.ok(n > 3, `a chart is empty: ${colours}`);
}

async function goodMarkup(page) {
  const faults = await page.evaluate(() => {
    const found = [];
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id ${id} twice`);
    for (const chart of document.querySelectorAll('[role="img"]')) if (!chart.getAttribute("aria-label")) found.push("chart without a label");
    for (const control of document.querySelectorAll("select, input, button"))
      if (!control.labels?.length && !control.getAttribute("aria-label") && !control.textContent) found.push(`control without a label: ${control.id}`);
    for (const table of document.querySelectorAll("table")) if (!table.caption?.textContent) found.push("table without a caption");
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    return found;
  });
  assert.deepEqual(faults, []);
}

/** From the page's beginning to the language switch and over, by keyboard alone. */
async function switchToJapanese(page) {
  await page.focus(".skip"); // the first thing that Tab reaches on the page
  for (let i = 0; ; i++) {
    assert.ok(i < 10, "the language switch cannot be reached with the Tab key");
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.name === "lang")) break;
  }
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.documentElement.lang === "ja");
  assert.equal(await page.evaluate(() => document.activeElement?.name), "lang", "the switch keeps the focus");
}

async function screenshots(browser, url, hash, prefix) {
  const looks = [
    ["light", "en", {}],
    ["dark", "en", { colorScheme: "dark" }],
    ["ja", "ja", {}],
    ["mobile", "en", { viewport: { width: 400, height: 860 }, deviceScaleFactor: 2 }],
    ["mobile-ja-dark", "ja", { viewport: { width: 400, height: 860 }, colorScheme: "dark" }],
    ["wide", "en", { viewport: { width: 1600, height: 1000 } }],
  ];
  for (const [name, lang, settings] of looks) {
    const { page, faults } = await openPage(browser, url, `${hash}&lang=${lang}`, settings);
    await ready(page, ` ${lang}`);
    await page.waitForSelector(".live.on");
    await chartsArePainted(page);
    await page.screenshot({ path: join(out, `${prefix}-${name}.png`), fullPage: true });
    await noOverflow(page, name);
    await openTables(page);
    await noOverflow(page, `${name} with tables`);
    assert.deepEqual(faults, [], name);
    await page.context().close();
  }
}

const json = async (url) => (await fetch(url)).json();

/** What must hold for any district: the page says what the API says. */
async function genericChecks(browser, url) {
  const district = await json(`${url}api/v1/district`);
  assert.ok(district.as_of, "the district has data");
  const { page, faults } = await openPage(browser, url, "lang=en");
  await ready(page, " en");
  await page.waitForSelector(".live.on");
  assert.equal(await page.locator("h1").innerText(), district.name.en);
  assert.equal(await page.locator(".tile").count(), 6);
  const shown = await page.locator(".tile").evaluateAll((tiles) => tiles.filter((t) => t.dataset.value !== undefined).length);
  assert.ok(shown > 0, "no tile has a value");
  for (const empty of await page.locator(".tile:not([data-value]) .interval").allInnerTexts())
    assert.ok(empty.length > 5, "an empty tile does not say why");

  // A finished day, so that nothing changes while it is compared.
  const shownDay = await page.inputValue("#day");
  const dayBefore = new Date(Date.parse(`${shownDay}T00:00:00Z`) - 86400000).toISOString().slice(0, 10);
  await page.click("#day-before");
  await ready(page, dayBefore);
  await page.check('input[name="step"][value="1h"]');
  await ready(page, "1h");
  await openTables(page);
  const place = await page.inputValue("#place");
  const kpi = await page.inputValue("#kpi");
  const { rows } = await json(`${url}api/v1/kpis?place=${place}&kpi=${kpi}&resolution=1h&from=${dayBefore}&limit=10000`);
  const day = rows.filter((row) => row.place === place && row.start.startsWith(dayBefore) && (row.direction ?? "both") === "both");
  let compared = 0;
  for (const row of day) {
    const { cells } = await trendLine(page, `${row.start.slice(11, 16)}–${row.end.slice(11, 16)}`);
    if (row.value === null) assert.ok(cells[0] === "–" && cells[4].length > 5, `${row.start}: ${cells}`);
    else assert.equal(Number(cells[0].replaceAll(",", "").replace("%", "")), kpi === "occupancy_mean" ? Math.round(row.value * 10) / 10 : Math.round(row.value));
    compared++;
  }
  await goodMarkup(page);
  await switchToJapanese(page);
  await ready(page, " ja");
  assert.equal(await page.locator("h1").innerText(), district.name.ja);
  assert.match(await page.locator("body").innerText(), /私の何が分かるのですか/);
  assert.deepEqual(faults, []);
  await page.context().close();
  return compared;
}

/** The values of make_store.c, written down again by hand. */
async function knownChecks(browser, url) {
  const { page, faults } = await openPage(browser, url, "lang=en&place=plaza&day=2026-04-14");
  await ready(page, "plaza 2026-04-14 footfall");
  const text = (kpi, part) => tile(page, kpi).locator(part).innerText();
  assert.equal(await text("footfall", ".amount"), "4,321");
  assert.equal(await text("footfall", ".interval"), "95 % interval 4,210–4,435");
  assert.match(await text("footfall", ".facts"), /^Measured · coverage 95\.8\s?% · final$/);
  assert.match(await tile(page, "footfall").innerText(), /Busiest hour 23:00–00:00: 123/);
  assert.match(await tile(page, "footfall").innerText(), /Target 4,500 a day \(fiscal year 2026\)/);
  assert.equal((await text("device_visits", ".value")).replace(/\s+/g, " "), "≈ 812 devices");
  assert.equal(await text("device_visits", ".interval"), "95 % interval 766–861");
  assert.match(await text("device_visits", ".facts"), /^Estimated/);
  assert.equal(await text("visitors", ".value"), "Not calibrated");
  assert.equal(await tile(page, "visitors").getAttribute("data-value"), null);
  assert.equal(await text("occupancy_mean", ".amount"), "12.4");
  assert.equal(await text("occupancy_max", ".amount"), "41");
  assert.match(await text("coverage", ".amount"), /^95\.8\s?%$/);

  await openTables(page);
  assert.equal(await page.locator("#trend-table tbody tr").count(), 96);
  assert.deepEqual(await trendLine(page, "23:45–00:00"), { kind: "value", cells: ["105", "100–112", "100%", "Measured", "ok"] });
  assert.deepEqual(await trendLine(page, "02:00–02:15"), { kind: "zero", cells: ["0", "0–4", "100%", "Measured", "ok"] });
  const outage = await trendLine(page, "05:00–05:15");
  assert.equal(outage.kind, "outage");
  assert.equal(outage.cells[0], "–");
  assert.match(outage.cells[4], /^Outage\. The sensors did not run/);
  assert.deepEqual(await gridCell(page, "heat-table", "Tue", 9), { kind: "value", text: "109" });
  assert.deepEqual(await gridCell(page, "heat-table", "Tue", 2), { kind: "zero", text: "0" });
  assert.deepEqual(await gridCell(page, "heat-table", "Tue", 5), { kind: "outage", text: "Outage" });
  assert.deepEqual(await gridCell(page, "heat-table", "Mon", 9), { kind: "nothing", text: "No data" });
  assert.deepEqual(await gridCell(page, "coverage-table", "Plaza", 9), { kind: "value", text: "50%" });
  assert.equal((await gridCell(page, "coverage-table", "Plaza", 5)).kind, "outage");
  assert.equal((await gridCell(page, "coverage-table", "Arcade", 9)).kind, "nothing");
  await chartsArePainted(page);
  await goodMarkup(page);
  await page.hover(".chart-trend");
  assert.match(await page.locator(".chart-trend .tip").innerText(), /\d\n95 % interval \d+–\d+\nMeasured/);
  await page.hover(".chart-heat");
  assert.match(await page.locator(".chart-heat .tip").innerText(), /^Thu 1[0-2]:00–1[1-3]:00\nNo data\nNothing was recorded/);

  await page.selectOption("#kpi", "device_visits");
  await ready(page, "device_visits");
  assert.deepEqual(await trendLine(page, "00:00–00:15"), { kind: "value", cells: ["21", "15–27", "100%", "Estimated", "ok"] });
  const hidden = await trendLine(page, "03:00–03:15");
  assert.equal(hidden.kind, "suppressed");
  assert.deepEqual(hidden.cells.slice(0, 4), ["–", "–", "–", "–"]);
  assert.match(hidden.cells[4], /^Hidden\. Fewer than 10 devices/);

  // A place without a camera does not show a zero for what it cannot count.
  await page.selectOption("#place", "arcade");
  await ready(page, "arcade");
  assert.equal(await text("footfall", ".value"), "Not measured here");
  await page.selectOption("#kpi", "footfall");
  await ready(page, "arcade 2026-04-14 footfall");
  assert.equal(await page.locator(".trend .chart-message").innerText(), "Not measured here. This place has no sensor for it.");

  await page.selectOption("#place", "plaza");
  await ready(page, "plaza");
  await switchToJapanese(page);
  await ready(page, " ja");
  assert.equal(await page.locator("h1").innerText(), "川辺");
  assert.equal(await page.title(), "川辺 | 行き交い");
  assert.equal(await text("visitors", ".value"), "未校正");
  assert.equal(await text("footfall", ".interval"), "95％区間 4,210～4,435");
  assert.match(await text("footfall", ".facts"), /^実測 · 取得率 95\.8%/);
  assert.match(await page.locator("#about-title").innerText(), /私の何が分かるのですか/);
  await page.reload();
  await ready(page, " ja");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ja", "the language is kept in the address");
  assert.deepEqual(faults, []);

  // And in the browser: the same visitor without anything in the address.
  const again = await page.context().newPage();
  await again.goto(url);
  await ready(again, " ja");
  await page.context().close();
}

async function knownRun(browser) {
  const dir = mkdtempSync(join(tmpdir(), "yukikai-browser-"));
  const store = join(dir, "publish.db");
  const makeStore = (what) => execFileSync(options["make-store"], [store, what], { stdio: "inherit" });
  const server = await startServer(store);
  try {
    const { url } = server;
    assert.equal((await fetch(`${url}readyz`)).status, 503);
    assert.equal((await fetch(`${url}healthz`)).status, 200);
    const { page, faults } = await openPage(browser, url, "lang=en&place=plaza");
    await page.waitForSelector(".notice:has-text('Waiting for the first figures')");
    await page.screenshot({ path: join(out, "waiting.png"), fullPage: true });

    // The store comes: the open page fills itself, and follows the next change.
    makeStore("known");
    await ready(page, "plaza 2026-04-15");
    await page.waitForSelector(".tile[data-kpi='footfall'] .second:has-text('Latest quarter hour 14:30–14:45: 68')");
    assert.equal(await page.locator(".notice").count(), 0);
    assert.equal(await tile(page, "footfall").getAttribute("data-value"), "113"); // 13:00-14:00, the latest closed hour
    assert.match(await tile(page, "footfall").innerText(), /Latest closed hour, 13:00–14:00/);
    await openTables(page);
    assert.match((await trendLine(page, "14:45–15:00")).cells[4], /^Not yet/);
    makeStore("later");
    await page.waitForSelector(".tile[data-kpi='footfall'] .second:has-text('Latest quarter hour 14:45–15:00: 777')");
    await page.waitForFunction(() => [...document.querySelectorAll("#trend-table tbody tr")].some((line) => line.innerText.startsWith("14:45–15:00\t777")));
    assert.deepEqual(faults, []);
    await page.context().close();

    await knownChecks(browser, url);
    makeStore("weeks");
    assert.equal(await genericChecks(browser, url), 24);
    await screenshots(browser, url, "place=plaza&day=2026-04-14", "day");
    await screenshots(browser, url, "place=station-front&kpi=device_visits", "today");
  } finally {
    const ended = await server.stop();
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(ended, { code: 0, signal: null }, "the server stops cleanly on SIGTERM");
  }
}

const browser = await chromium.launch({ executablePath: options.chromium, headless: true, args: flags });
try {
  if (options.url) {
    const url = options.url.endsWith("/") ? options.url : `${options.url}/`;
    console.log(`compared ${await genericChecks(browser, url)} hours with the API`);
    await screenshots(browser, url, "", "page");
  } else {
    await knownRun(browser);
  }
} finally {
  await browser.close();
}
console.log(`dashboard: all checks passed; screenshots in ${out}`);
