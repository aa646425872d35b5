// The page: loads what the visitor chose, draws it, follows the live stream. SPDX-License-Identifier: GPL-3.0-or-later
import { renderAbout } from "./about";
import { getDistrict, getRows, listen, rowsUrl, type District, type LiveState, type Place, type Row, type RowQuery } from "./api";
import type { Kind } from "./cells";
import { choice, h, select } from "./dom";
import { Coverage, Heat } from "./grids";
import { addDays, formatDate, formatDateTime, formatShare, midnight, nameOf, setLanguage, setZone, t, type Key, type Lang } from "./i18n";
import { readView, writeView, type View } from "./state";
import { renderTiles } from "./tiles";
import { Trend } from "./trend";

const refreshGapMs = 5000;
const heatDays = 28;
const kpiChoices = ["footfall", "device_visits", "visitors", "occupancy_mean", "occupancy_max", "coverage"];

interface Loaded {
  dayRows: Row[];
  hourRows: Row[];
  stepRows: Row[];
  coverageRows: Row[];
  heatRows: Row[];
}

const view: View = readView();
let district: District;
let loaded: Loaded | null = null;
let latestRows: Row[] = [];
let liveState: LiveState = "connecting";
let loading: AbortController | null = null;
let lastLoadMs = 0;
let refreshTimer = 0;
let failure = "";

const trend = new Trend();
const heat = new Heat();
const coverage = new Coverage();

const regions = {
  top: h("header", { class: "top" }),
  notice: h("div", { class: "notices", role: "status", "aria-live": "polite" }),
  controls: h("div", { class: "controls" }),
  tilesHead: h("div", { class: "head" }),
  tiles: h("div", { class: "tiles" }),
  figures: h("div", { class: "controls figure-controls" }),
  trendHead: h("div", { class: "head" }),
  trendKey: h("p", { class: "key" }),
  trendTable: h("div"),
  heatHead: h("div", { class: "head" }),
  heatScale: h("span", { class: "scale" }),
  heatKey: h("p", { class: "key" }),
  heatTable: h("div"),
  coverageHead: h("div", { class: "head" }),
  coverageKey: h("p", { class: "key" }),
  coverageTable: h("div"),
  about: h("section", { class: "about-me card", "aria-labelledby": "about-title" }),
  foot: h("footer"),
};

const newestDay = () => district.as_of?.slice(0, 10) ?? "";
const shownDay = () => view.day || newestDay();
const place = (): Place => district.places.find((p) => p.id === view.place) ?? district.places[0]!;
const usesDirection = () => view.kpi === "footfall";
const parts = () => (view.kpi === "footfall" ? place().lines : view.kpi.startsWith("occupancy") ? place().zones : []);
const seriesPlace = () => view.part || place().id;
const inSeries = (row: Row) => row.place === seriesPlace() && row.kpi === view.kpi;

function seriesTitle(): string {
  const part = parts().find((p) => p.id === view.part);
  const names = [t(`kpi_${view.kpi}` as Key), nameOf(place().name)];
  if (part) names.push(nameOf(part.name));
  if (usesDirection() && view.direction !== "both") names.push(t(`direction_${view.direction}` as Key));
  return names.join(t("comma"));
}

function keyEntry(kind: string, text: string): HTMLElement {
  return h("span", { class: "key-entry" }, h("span", { class: `mark ${kind}`, "aria-hidden": "true" }), text);
}

/* Entries for the kinds that are there. */
function kindEntries(kinds: Set<Kind>): HTMLElement[] {
  const texts: [Kind, Key][] = [["zero", "key_zero"], ["outage", "key_outage"], ["suppressed", "key_suppressed"],
    ["other", "key_other"], ["nothing", "key_nothing"]];
  return texts.filter(([kind]) => kinds.has(kind)).map(([kind, key]) => keyEntry(kind, t(key)));
}

/* What is asked for the chosen place, day and figure. */
function queries(): Record<keyof Loaded, RowQuery> {
  const from = shownDay();
  const to = addDays(from, 1);
  const series: RowQuery = { place: seriesPlace(), kpi: view.kpi, ...(usesDirection() ? { direction: view.direction } : {}) };
  return {
    dayRows: { place: place().id, resolution: "1d", from, to },
    hourRows: { place: place().id, resolution: "1h", from, to },
    stepRows: { ...series, resolution: view.step, from, to },
    coverageRows: { kpi: "coverage", resolution: "1h", from, to },
    heatRows: { ...series, resolution: "1h", from: addDays(from, 1 - heatDays), to },
  };
}

async function load(): Promise<void> {
  if (!shownDay()) return;
  loading?.abort();
  const mine = (loading = new AbortController());
  lastLoadMs = Date.now();
  const asked = queries();
  try {
    const [dayRows, hourRows, stepRows, coverageRows, heatRows] = await Promise.all(
      [asked.dayRows, asked.hourRows, asked.stepRows, asked.coverageRows, asked.heatRows].map((query) => getRows(query, mine.signal)));
    loaded = { dayRows: dayRows!, hourRows: hourRows!, stepRows: stepRows!, coverageRows: coverageRows!, heatRows: heatRows! };
    failure = "";
  } catch (error) {
    if (mine.signal.aborted) return;
    failure = error instanceof Error ? error.message : String(error);
    setTimeout(() => void load(), refreshGapMs);
  }
  if (mine === loading) {
    drawNotice();
    drawFigures();
  }
}

/** A change of the store: at most one load in refreshGapMs, the last change never lost. */
function refreshSoon(): void {
  if (refreshTimer) return;
  const wait = Math.max(0, lastLoadMs + refreshGapMs - Date.now());
  refreshTimer = window.setTimeout(() => {
    refreshTimer = 0;
    void load();
  }, wait);
}

function choose(change: Partial<View>): void {
  Object.assign(view, change);
  if (!parts().some((p) => p.id === view.part)) view.part = "";
  writeView(view);
  keepFocus(drawControls);
  void load();
}

/** Redraws controls without taking the keyboard away from the one in use. */
function keepFocus(draw: () => void): void {
  const active = document.activeElement;
  const by = active instanceof HTMLInputElement && active.type === "radio" ? `input[name="${active.name}"]:checked` : active?.id ? `#${active.id}` : "";
  draw();
  if (by) document.querySelector<HTMLElement>(by)?.focus();
}

function chooseLanguage(lang: Lang): void {
  view.lang = lang;
  setLanguage(lang);
  writeView(view);
  keepFocus(drawAll);
}

function drawTop(): void {
  document.title = `${nameOf(district.name)} | ${t("app_name")}`;
  const asOf = district.as_of ? t("as_of", { time: formatDateTime(Date.parse(district.as_of)) }) : "";
  regions.top.replaceChildren(
    h("div", { class: "brand" }, h("p", { class: "product" }, t("app_name")), h("h1", {}, nameOf(district.name))),
    h("div", { class: "status" },
      h("span", { class: `live ${liveState}`, role: "status" }, h("span", { class: "dot", "aria-hidden": "true" }), t(`live_${liveState}` as Key)),
      h("span", { class: "as-of" }, asOf)),
    choice(t("language"), "lang", [["en", "English", "en"], ["ja", "日本語", "ja"]], view.lang, (lang) => chooseLanguage(lang as Lang)));
}

function drawNotice(): void {
  const texts = [district.as_of ? "" : t("waiting"), failure ? t("load_failed", { reason: failure }) : ""].filter(Boolean);
  const now = regions.notice.textContent;
  if (now !== texts.join("")) regions.notice.replaceChildren(...texts.map((text) => h("p", { class: "notice" }, text)));
}

function drawControls(): void {
  const day = shownDay();
  const date = h("input", { type: "date", id: "day", value: day, max: newestDay() || null, change: () => date.value && choose({ day: date.value }) });
  const step = (id: string, label: Key, sign: string, to: string, disabled: boolean) =>
    h("button", { type: "button", id, "aria-label": t(label), title: t(label), disabled, click: () => choose({ day: to }) }, sign);
  regions.controls.replaceChildren(
    select(t("place"), "place", district.places.map((p) => [p.id, nameOf(p.name)]), place().id, (id) => choose({ place: id, part: "" })),
    h("div", { class: "field" }, h("label", { class: "field-name", for: "day" }, t("day")),
      h("div", { class: "day-row" },
        step("day-before", "day_before", "‹", day && addDays(day, -1), !day), date,
        step("day-after", "day_after", "›", day && addDays(day, 1), !day || day >= newestDay()),
        h("button", { type: "button", id: "latest", disabled: !view.day, click: () => choose({ day: "" }) }, t("latest")))));

  const partChoices = parts();
  regions.figures.replaceChildren(
    select(t("figure"), "kpi", kpiChoices.map((kpi) => [kpi, t(`kpi_${kpi}` as Key)]), view.kpi, (kpi) => choose({ kpi, part: "" })),
    partChoices.length ? select(t("part"), "part", [["", t("whole_place")], ...partChoices.map((p): [string, string] => [p.id, nameOf(p.name)])], view.part, (part) => choose({ part })) : "",
    usesDirection() ? select(t("direction"), "direction", ["both", "plus", "minus"].map((d) => [d, t(`direction_${d}` as Key)]), view.direction, (direction) => choose({ direction })) : "",
    choice(t("step"), "step", [["15m", t("step_15m")], ["1h", t("step_1h")]], view.step, (value) => choose({ step: value === "1h" ? "1h" : "15m" })));
}

function heading(title: string, about: string): (Node | string)[] {
  return [h("h2", {}, title), h("p", { class: "head-about" }, about)];
}

function drawTiles(): void {
  if (!loaded) return;
  const day = shownDay();
  const about = t("tiles_day", { place: nameOf(place().name), day: formatDate(day) });
  regions.tilesHead.replaceChildren(...heading(t("tiles_title"), about));
  renderTiles(regions.tiles, {
    district, place: place(), day, dayEndMs: midnight(addDays(day, 1)), isNewestDay: day === newestDay(),
    dayRows: loaded.dayRows, hourRows: loaded.hourRows, latestRows,
  });
}

function drawFigures(): void {
  if (!loaded) return;
  drawTiles();
  document.body.dataset.loaded = "yes"; // shows what was hidden, so that the charts know their size
  const day = shownDay();
  const dayText = formatDate(day);
  const [startMs, endMs] = [midnight(day), midnight(addDays(day, 1))];
  const asked = queries();
  const title = seriesTitle();
  const estimated = view.kpi === "device_visits" || view.kpi === "visitors";
  regions.trendHead.replaceChildren(...heading(t("trend_title"), title + t("comma") + dayText));
  const trendKinds = trend.render(regions.trendTable, {
    district, place: place(), kpi: view.kpi, title, dayText, rows: loaded.stepRows.filter(inSeries), startMs, endMs,
    stepMs: view.step === "1h" ? 3600000 : 900000, jsonUrl: rowsUrl(asked.stepRows),
  });
  regions.trendKey.replaceChildren(
    keyEntry(estimated ? "line-estimated" : "line-measured", t(estimated ? "key_line_estimated" : "key_line_measured")),
    keyEntry("band", t("key_band")), ...kindEntries(trendKinds));

  const heatFrom = addDays(day, 1 - heatDays);
  const heatRows = loaded.heatRows.filter(inSeries);
  regions.heatHead.replaceChildren(...heading(t("heat_title"), `${title}${t("full_stop")}${t("heat_about", { from: formatDate(heatFrom, "short"), to: formatDate(day, "short") })}`));
  const heatKinds = heat.render(regions.heatTable, regions.heatScale, {
    district, place: place(), kpi: view.kpi, title, from: heatFrom, to: day, rows: heatRows, jsonUrl: rowsUrl(asked.heatRows),
  });
  regions.heatKey.replaceChildren(regions.heatScale, ...kindEntries(heatKinds));

  regions.coverageHead.replaceChildren(...heading(t("coverage_title"), t("coverage_about", { day: dayText })));
  const coverageKinds = coverage.render(regions.coverageTable, { district, dayText, startMs, rows: loaded.coverageRows, jsonUrl: rowsUrl(asked.coverageRows) });
  regions.coverageKey.replaceChildren(keyEntry("full", formatShare(1)), keyEntry("partial", t("key_partial")),
    ...kindEntries(coverageKinds));
  document.body.dataset.ready = `${place().id} ${day} ${view.kpi} ${view.part} ${view.direction} ${view.step} ${view.lang}`;
}

function drawAll(): void {
  drawTop();
  drawNotice();
  drawControls();
  drawFigures();
  renderAbout(regions.about, district);
  regions.foot.replaceChildren(h("p", {}, `${t("app_name")}${t("full_stop")}${t("footer")} `, h("a", { href: "/api/v1/district" }, t("footer_api"))));
}

function build(): void {
  const card = (name: string, head: HTMLElement, ...children: (Node | string)[]) => h("section", { class: `card ${name}` }, head, ...children);
  document.getElementById("app")!.replaceChildren(
    h("a", { class: "skip", href: "#figures", click: (event) => {
      event.preventDefault();
      regions.tilesHead.tabIndex = -1;
      regions.tilesHead.focus();
    } }, t("skip")),
    regions.top,
    h("main", {},
      regions.notice,
      regions.controls,
      h("section", { class: "glance" }, regions.tilesHead, regions.tiles),
      regions.figures,
      h("div", { class: "pair" },
        card("trend", regions.trendHead, trend.chart.element, regions.trendKey, regions.trendTable),
        card("heat", regions.heatHead, heat.chart.element, regions.heatKey, regions.heatTable)),
      card("coverage", regions.coverageHead, coverage.chart.element, regions.coverageKey, regions.coverageTable),
      regions.about),
    regions.foot);
}

async function start(): Promise<void> {
  setLanguage(view.lang);
  try {
    district = await getDistrict();
  } catch {
    setTimeout(() => void start(), 3000);
    return;
  }
  setZone(district.timezone);
  build();
  if (!view.place || !district.places.some((p) => p.id === view.place)) view.place = district.places[0]?.id ?? "";
  if (!kpiChoices.includes(view.kpi)) view.kpi = "footfall";
  drawAll();
  await load();
  listen(
    (event) => {
      const before = newestDay();
      district.as_of = event.as_of;
      latestRows = event.rows;
      keepFocus(drawTop);
      drawNotice();
      if (before !== newestDay()) keepFocus(drawControls);
      drawTiles();
      refreshSoon();
    },
    (state) => {
      liveState = state;
      keepFocus(drawTop);
    });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawFigures);
  window.addEventListener("hashchange", () => {
    Object.assign(view, readView());
    setLanguage(view.lang);
    drawAll();
    void load();
  });
}

void start();
