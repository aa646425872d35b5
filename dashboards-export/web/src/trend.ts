// The day's trend: a line with its interval band, and what is missing. SPDX-License-Identifier: GPL-3.0-or-later
import type { District, Place, Row } from "./api";
import { basisText, cellOf, emptyMessage, formatValue, intervalText, type Cell, type Kind } from "./cells";
import { axisLook, ChartBox, patternFill, readTheme, tip, tooltip } from "./chart";
import { formatShare, formatTime, t } from "./i18n";
import { showTable, windowTable } from "./table";

export interface TrendData {
  district: District;
  place: Place;
  kpi: string;
  title: string; // of the series, for people
  dayText: string;
  rows: Row[]; // one series, one resolution
  startMs: number;
  endMs: number;
  stepMs: number;
  jsonUrl: string;
}

interface Slot {
  window: string;
  label: string;
  cell: Cell;
}

function slotsOf(data: TrendData): Slot[] {
  const byStart = new Map(data.rows.map((row) => [Date.parse(row.start), row]));
  const slots: Slot[] = [];
  for (let at = data.startMs; at < data.endMs; at += data.stepMs) {
    const end = at + data.stepMs;
    slots.push({
      window: `${formatTime(at)}–${formatTime(end)}`,
      label: formatTime(at),
      cell: cellOf(byStart.get(at), data.district, data.place, data.kpi, end),
    });
  }
  return slots;
}

export function trendTip(window: string, cell: Cell): HTMLElement {
  const row = cell.row;
  if (!row || cell.value === null) return tip(window, cell.short, cell.why);
  return tip(window, cell.short, cell.why, intervalText(row), row.coverage === null ? basisText(row) : `${basisText(row)} · ${t("coverage_is", { value: formatShare(row.coverage) })}`);
}

interface RenderApi {
  value(dimension: number): number;
  coord(data: number[]): number[];
  size(data: number[]): number[];
}

export class Trend {
  readonly chart = new ChartBox("chart-trend");

  /** Returns the kinds of cells in it, for the key. */
  render(tableInto: HTMLElement, data: TrendData): Set<Kind> {
    const slots = slotsOf(data);
    this.draw(slots, data);
    const table = windowTable(data.kpi, slots);
    showTable(tableInto, "trend-table", data.title + t("comma") + data.dayText, table, data.jsonUrl);
    return new Set(slots.map((slot) => slot.cell.kind));
  }

  private draw(slots: Slot[], data: TrendData): void {
    const theme = readTheme();
    // The window that holds now is a point of its own: joined to the line, it would look like a fall.
    const values = slots.map((slot) => (slot.cell.open ? null : slot.cell.value));
    const open = slots.map((slot) => (slot.cell.open ? slot.cell.value : null));
    const bounded = (slot: Slot) => slot.cell.value !== null && slot.cell.row?.lower != null && slot.cell.row.upper != null;
    const lower = slots.map((slot) => (bounded(slot) ? slot.cell.row!.lower : null));
    const band = slots.map((slot) => (bounded(slot) ? slot.cell.row!.upper! - slot.cell.row!.lower! : null));
    const estimated = slots.some((slot) => slot.cell.value !== null && slot.cell.row?.basis !== "measured");
    const best = slots.reduce<Slot | null>((a, b) => (b.cell.value !== null && !b.cell.open && (!a || b.cell.value > a.cell.value!) ? b : a), null);
    const gaps = slots.flatMap((slot, i) => (slot.cell.value === null && slot.cell.kind !== "nothing" ? [[i, 0]] : []));
    const every = Math.round((3 * 3600000) / data.stepMs);
    const label = best
      ? t("trend_label", { kpi: data.title, day: data.dayText, max: best.cell.short, window: best.window })
      : t("trend_label_empty", { kpi: data.title, day: data.dayText });
    const alone = (i: number) => values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
    this.chart.draw(label, {
      grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
      tooltip: {
        ...tooltip(theme),
        trigger: "axis",
        axisPointer: { type: "line", lineStyle: { color: theme.muted, type: "solid" } },
        formatter: (items: { dataIndex: number }[]) => {
          const slot = slots[items[0]?.dataIndex ?? 0];
          return slot ? trendTip(slot.window, slot.cell) : "";
        },
      },
      xAxis: {
        type: "category",
        data: slots.map((slot) => slot.label),
        boundaryGap: true,
        ...axisLook(theme),
        axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: 12, interval: (i: number) => i % every === 0, hideOverlap: true },
      },
      yAxis: {
        type: "value",
        min: 0,
        ...axisLook(theme),
        axisLine: { show: false },
        axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: 12, formatter: (v: number) => formatValue(data.kpi === "occupancy_mean" && v % 1 === 0 ? "" : data.kpi, v) },
        ...(best && best.cell.value! > 0 ? {} : { max: 1 }),
        minInterval: data.kpi === "occupancy_mean" || data.kpi === "coverage" ? 0 : 1,
      },
      series: [
        {
          type: "custom",
          silent: true,
          z: 1,
          data: gaps,
          renderItem: (params: { coordSys: { y: number; height: number } }, api: RenderApi) => {
            const i = api.value(0);
            const width = api.size([1, 0])[0]!;
            return {
              type: "rect",
              shape: { x: api.coord([i, 0])[0]! - width / 2, y: params.coordSys.y, width, height: params.coordSys.height },
              style: { fill: patternFill(theme, slots[i]!.cell.kind), opacity: 0.8 },
            };
          },
          encode: { x: 0, y: 1 },
        },
        { type: "line", stack: "band", data: lower, silent: true, symbol: "none", lineStyle: { opacity: 0 }, z: 2 },
        { type: "line", stack: "band", data: band, silent: true, symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: theme.band, opacity: 1 }, z: 2 },
        {
          type: "line",
          z: 3,
          data: values.map((value, i) => ({
            value,
            symbol: value === 0 ? "emptyCircle" : "circle",
            symbolSize: value === 0 ? 7 : alone(i) ? 5 : 0,
          })),
          showAllSymbol: true,
          connectNulls: false,
          itemStyle: { color: theme.accent },
          lineStyle: { color: theme.accent, width: 2, type: estimated ? [6, 4] : "solid" },
        },
        { type: "line", z: 3, data: open, symbol: "emptyDiamond", symbolSize: 10, showAllSymbol: true, lineStyle: { opacity: 0 }, itemStyle: { color: theme.accent } },
      ],
    }, emptyMessage(slots.map((slot) => slot.cell)));
  }
}
