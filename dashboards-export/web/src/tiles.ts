// The tiles: one figure each, with what is needed to judge it. SPDX-License-Identifier: GPL-3.0-or-later
//
// A finished day shows the day's own row. Before the day has closed, the latest closed hour stands in its place and says so:
// hours are not added up here, because neither intervals nor distinct devices add up.
import type { District, Place, Row } from "./api";
import { basisText, cellOf, formatValue, intervalText, type Cell } from "./cells";
import { h } from "./dom";
import { formatNumber, formatShare, formatTime, t, type Key } from "./i18n";

const kpis = ["footfall", "device_visits", "visitors", "occupancy_mean", "occupancy_max", "coverage"];

export interface TileData {
  district: District;
  place: Place;
  day: string;
  dayEndMs: number;
  isNewestDay: boolean;
  dayRows: Row[]; // 1d
  hourRows: Row[]; // 1h
  latestRows: Row[]; // 15m, from the live stream
}

const windowText = (row: Row) => `${formatTime(Date.parse(row.start))}–${formatTime(Date.parse(row.end))}`;

function pick(rows: Row[], place: string, kpi: string): Row[] {
  return rows.filter((row) => row.place === place && row.kpi === kpi && (row.direction === null || row.direction === "both"));
}

function secondLine(data: TileData, kpi: string, hours: Row[], main: Cell): string {
  if (data.isNewestDay) {
    const latest = pick(data.latestRows, data.place.id, kpi)[0];
    if (!latest) return "";
    const cell = cellOf(latest, data.district, data.place, kpi, 0);
    if (cell.value === null && main.value === null) return ""; // said once already
    return t("latest_quarter", { window: windowText(latest), value: cell.short });
  }
  if (kpi === "coverage" || kpi === "occupancy_max") return "";
  const best = hours.filter((row) => row.value !== null).sort((a, b) => b.value! - a.value! || a.start.localeCompare(b.start))[0];
  return best ? t("busiest_hour", { window: windowText(best), value: formatValue(kpi, best.value!) }) : "";
}

function facts(row: Row): string {
  const parts = [basisText(row)];
  if (row.coverage !== null && row.kpi !== "coverage") parts.push(t("coverage_is", { value: formatShare(row.coverage) }));
  if (row.n !== null) parts.push(t(row.kpi === "device_visits" || row.kpi === "visitors" ? "n_devices" : "n_tracks", { n: row.n.replace("-", "–") }));
  parts.push(t(row.final ? "final" : "provisional"));
  return parts.join(" · ");
}

function figure(cell: Cell, kpi: string): HTMLElement {
  if (cell.value === null)
    return h("p", { class: "value empty", "data-kind": cell.kind }, h("span", { class: `mark ${cell.kind}` }), h("span", {}, cell.short));
  const unit = cell.row?.unit && kpi !== "coverage" ? t(`unit_${cell.row.unit}` as Key) : "";
  const about = cell.row?.basis === "measured" ? "" : "≈";
  return h("p", { class: "value", "data-kind": cell.kind },
    about ? h("span", { class: "approx", "aria-hidden": "true" }, about) : "",
    h("span", { class: "amount" }, cell.short), unit ? h("span", { class: "unit" }, unit) : "");
}

function tile(data: TileData, kpi: string): HTMLElement {
  const hours = pick(data.hourRows, data.place.id, kpi);
  const whole = pick(data.dayRows, data.place.id, kpi)[0];
  const latestHour = hours.length ? hours[hours.length - 1] : undefined;
  const row = whole ?? (data.isNewestDay ? latestHour : undefined);
  const cell = cellOf(row, data.district, data.place, kpi, data.dayEndMs);
  const period = row && row.resolution === "1h" ? t("latest_hour", { window: windowText(row) }) : t("whole_day");
  const wanted = data.district.kpis.find((k) => k.kpi === kpi && k.place === data.place.id && k.resolution === "1d" && k.target !== null);
  const second = secondLine(data, kpi, hours, cell);
  const why = cell.value === null ? cell.why : row ? intervalText(row) : "";
  return h("article", { class: "tile", "data-kpi": kpi, "data-value": cell.value, "data-kind": cell.kind },
    h("h3", {}, t(`kpi_${kpi}` as Key)),
    h("p", { class: "period" }, period),
    figure(cell, kpi),
    h("p", { class: "interval" }, why),
    h("p", { class: "facts" }, row && cell.value !== null ? facts(row) : ""),
    second ? h("p", { class: "second" }, second) : "",
    wanted ? h("p", { class: "second" }, t("target", { value: formatNumber(wanted.target!), year: wanted.fiscal_year ?? "" })) : "",
    h("p", { class: "about" }, t(`kpi_${kpi}_about` as Key)));
}

export function renderTiles(into: HTMLElement, data: TileData): void {
  into.replaceChildren(...kpis.map((kpi) => tile(data, kpi)));
}
