// What one cell says. Zero, outage, suppressed and estimated are four things. SPDX-License-Identifier: GPL-3.0-or-later
import type { District, Place, Row } from "./api";
import { formatNumber, formatShare, t, tOr, type Key } from "./i18n";

/** How a cell is drawn; "other" is missing for a reason that is no outage. */
export type Kind = "value" | "zero" | "outage" | "suppressed" | "other" | "nothing";

export interface Cell {
  kind: Kind;
  row: Row | null;
  value: number | null;
  short: string; // "123", "Outage"
  why: string; // "" for a value of a closed window
  open: boolean; // the window has not ended: the value still grows
}

export function formatValue(kpi: string, value: number): string {
  if (kpi === "coverage") return formatShare(value);
  if (kpi === "occupancy_mean") return formatNumber(value, 1);
  return formatNumber(value);
}

const cameraKpis = ["footfall", "occupancy_mean", "occupancy_max"];
const radioKpis = ["device_visits", "visitors"];

/** Can this place measure that at all? */
export function measuredHere(place: Place, kpi: string): boolean {
  if (cameraKpis.includes(kpi)) return place.camera;
  if (radioKpis.includes(kpi)) return place.radio;
  return true;
}

function empty(kind: Kind, reason: string, row: Row | null, k: number): Cell {
  return {
    kind,
    row,
    value: null,
    short: tOr(reason, reason),
    why: tOr(`${reason}_why`, reason, { k }),
    open: false,
  };
}

/** The cell for a row, or for the lack of one in a window that ends at endMs. */
export function cellOf(row: Row | undefined, district: District, place: Place | null, kpi: string, endMs: number): Cell {
  const asOf = district.as_of ? Date.parse(district.as_of) : 0;
  if (!row) {
    if (place && !measuredHere(place, kpi)) return empty("nothing", "not_here", null, district.k);
    return empty("nothing", endMs > asOf ? "not_yet" : "no_data", null, district.k);
  }
  if (row.state === "suppressed") return empty("suppressed", row.reason ?? "below_k", row, district.k);
  if (row.state === "missing" || row.value === null)
    return empty(row.reason === "outage" ? "outage" : "other", row.reason ?? "no_data", row, district.k);
  const open = endMs > asOf && !row.final;
  return {
    kind: row.value === 0 ? "zero" : "value",
    row,
    value: row.value,
    short: formatValue(kpi, row.value),
    why: open ? t("in_progress") : "",
    open,
  };
}

export function intervalText(row: Row): string {
  if (row.lower === null || row.upper === null) return "";
  return t("interval", { lower: formatValue(row.kpi, row.lower), upper: formatValue(row.kpi, row.upper) });
}

export function basisText(row: Row): string {
  return t(`basis_${row.basis}` as Key);
}

/** For a chart without a single value: the reason that most of its cells give. "" when there is a value. */
export function emptyMessage(cells: Cell[]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    if (cell.value !== null) return "";
    const text = `${cell.short}${t("full_stop")}${cell.why}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0])[0];
}
