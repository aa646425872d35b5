// Hours across: the heat map by weekday and the coverage strip by place. SPDX-License-Identifier: GPL-3.0-or-later
import type { District, Place, Row } from "./api";
import { cellOf, emptyMessage, formatValue, type Cell, type Kind } from "./cells";
import { axisLook, ChartBox, heatColour, patternFill, readTheme, tip, tooltip, type Theme } from "./chart";
import { formatDate, nameOf, t, weekdayName } from "./i18n";
import { gridTable, showTable } from "./table";

const hours = Array.from({ length: 24 }, (_, hour) => hour);
const hourText = (hour: number) => String(hour).padStart(2, "0");
const hourWindow = (hour: number) => `${hourText(hour)}:00–${hourText((hour + 1) % 24)}:00`;
/** A row's time carries the district's offset: its text is local time. */
const localHour = (row: Row) => Number(row.start.slice(11, 13));

interface RenderApi {
  value(dimension: number): number;
  coord(data: number[]): number[];
  size(data: number[]): number[];
}

type Shape = Record<string, unknown>;

function gridOption(theme: Theme, names: string[], cells: Cell[][], paint: (cell: Cell, box: { x: number; y: number; width: number; height: number }) => Shape[], tipFor: (line: number, hour: number) => HTMLElement): Record<string, unknown> {
  return {
    grid: { left: 4, right: 8, top: 4, bottom: 2, containLabel: true },
    tooltip: { ...tooltip(theme), trigger: "item", formatter: (item: { value: number[] }) => tipFor(item.value[1]!, item.value[0]!) },
    xAxis: { type: "category", data: hours.map(hourText), ...axisLook(theme), axisLine: { show: false }, splitLine: { show: false }, axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: 12, interval: (i: number) => i % 3 === 0 } },
    yAxis: { type: "category", inverse: true, data: names, ...axisLook(theme), axisLine: { show: false }, splitLine: { show: false }, axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: 12, interval: 0, width: 92, overflow: "truncate" } },
    series: [{
      type: "custom",
      data: cells.flatMap((line, y) => line.map((_, x) => [x, y])),
      encode: { x: 0, y: 1 },
      renderItem: (_: unknown, api: RenderApi) => {
        const [x, y] = [api.value(0), api.value(1)];
        const centre = api.coord([x, y]);
        const size = api.size([1, 1]);
        const gap = 1;
        const box = { x: centre[0]! - size[0]! / 2 + gap, y: centre[1]! - size[1]! / 2 + gap, width: size[0]! - 2 * gap, height: size[1]! - 2 * gap };
        /* The pointer finds the cell also on the gap around it. */
        const whole = { x: box.x - gap, y: box.y - gap, width: size[0]!, height: size[1]! };
        return { type: "group", children: [rect(whole, { fill: "transparent" }), ...paint(cells[y]![x]!, box)] };
      },
    }],
  };
}

const rect = (box: object, style: object): Shape => ({ type: "rect", shape: { ...box, r: 2 }, style });

function paintEmpty(theme: Theme, cell: Cell, box: object): Shape[] {
  return [rect(box, { fill: theme.card, stroke: theme.line, lineWidth: 1, lineDash: cell.kind === "nothing" ? [2, 3] : [] }),
    rect(box, { fill: patternFill(theme, cell.kind) })];
}

export interface HeatData {
  district: District;
  place: Place;
  kpi: string;
  title: string;
  from: string;
  to: string; // inclusive
  rows: Row[]; // 1h, one series
  jsonUrl: string;
}

interface Mean {
  cell: Cell;
  n: number;
}

/** Mean of the hours that have a value; without any, the reason that most of them give. */
function meanOf(rows: Row[], data: HeatData): Mean {
  const all = rows.map((row) => cellOf(row, data.district, data.place, data.kpi, Date.parse(row.end)));
  const cells = all.filter((cell) => !cell.open); // an hour that has not ended would pull its mean down
  const values = cells.flatMap((cell) => (cell.value === null ? [] : [cell.value]));
  if (values.length) {
    const value = values.reduce((a, b) => a + b, 0) / values.length;
    return { n: values.length, cell: { kind: value === 0 ? "zero" : "value", row: null, value, short: formatValue(data.kpi, value), why: "", open: false } };
  }
  if (!cells.length) return { n: 0, cell: cellOf(undefined, data.district, data.place, data.kpi, 0) };
  const count = (cell: Cell) => cells.filter((other) => other.why === cell.why).length;
  return { n: 0, cell: cells.reduce((a, b) => (count(b) > count(a) ? b : a)) };
}

export class Heat {
  readonly chart = new ChartBox("chart-heat");

  render(tableInto: HTMLElement, scaleInto: HTMLElement, data: HeatData): Set<Kind> {
    const theme = readTheme();
    const bins = new Map<string, Row[]>();
    for (const row of data.rows) {
      const weekday = (new Date(`${row.start.slice(0, 10)}T00:00:00Z`).getUTCDay() + 6) % 7;
      const key = `${weekday} ${localHour(row)}`;
      bins.set(key, [...(bins.get(key) ?? []), row]);
    }
    const means = hours.slice(0, 7).map((day) => hours.map((hour) => meanOf(bins.get(`${day} ${hour}`) ?? [], data)));
    const cells = means.map((line) => line.map((mean) => mean.cell));
    const names = cells.map((_, day) => weekdayName(day));
    const max = Math.max(0, ...cells.flat().map((cell) => cell.value ?? 0));
    const words = { kpi: data.title, from: formatDate(data.from, "short"), to: formatDate(data.to, "short") };
    this.chart.draw(t("heat_label", words), gridOption(theme, names, cells,
      (cell, box) => {
        if (cell.value === null) return paintEmpty(theme, cell, box);
        const shapes = [rect(box, { fill: heatColour(theme, max > 0 ? cell.value / max : 0) })];
        if (cell.kind === "zero")
          shapes.push({ type: "circle", shape: { cx: box.x + box.width / 2, cy: box.y + box.height / 2, r: 3 }, style: { fill: "none", stroke: theme.accent, lineWidth: 1.5 } });
        return shapes;
      },
      (day, hour) => {
        const mean = means[day]![hour]!;
        return tip(`${names[day]} ${hourWindow(hour)}`, mean.cell.short, mean.cell.value === null ? mean.cell.why : t("heat_cell", { n: mean.n }));
      }), emptyMessage(cells.flat()));
    const ramp = document.createElement("span");
    ramp.className = "ramp";
    scaleInto.replaceChildren(`0`, ramp, formatValue(data.kpi, max));
    const table = gridTable(t("col_weekday"), hours.map(hourText), names.map((name, day) => ({ name, cells: cells[day]! })));
    showTable(tableInto, "heat-table", data.title + t("comma") + t("heat_about", words), table, data.jsonUrl);
    return new Set(cells.flat().map((cell) => cell.kind));
  }
}

export interface CoverageData {
  district: District;
  dayText: string;
  startMs: number;
  rows: Row[]; // 1h coverage, all places
  jsonUrl: string;
}

export class Coverage {
  readonly chart = new ChartBox("chart-coverage");

  render(tableInto: HTMLElement, data: CoverageData): Set<Kind> {
    const theme = readTheme();
    const places = data.district.places;
    const cells = places.map((place) => {
      const rows = data.rows.filter((row) => row.place === place.id);
      return hours.map((hour) => {
        const row = rows.find((candidate) => localHour(candidate) === hour);
        const cell = cellOf(row, data.district, place, "coverage", data.startMs + (hour + 1) * 3600000);
        /* A share of 0 is known, and it means an outage. */
        return cell.value === 0 ? { ...cell, kind: "outage" as const, why: t("outage_why") } : cell;
      });
    });
    const names = places.map((place) => nameOf(place.name));
    this.chart.setHeight(Math.max(places.length, 1) * 34 + 30);
    this.chart.draw(t("coverage_label", { day: data.dayText }), gridOption(theme, names, cells,
      (cell, box) => {
        if (cell.value === null || cell.kind === "outage") return paintEmpty(theme, cell, box);
        const height = box.height * cell.value;
        return [rect(box, { fill: theme.card, stroke: theme.line, lineWidth: 1 }),
          rect({ ...box, y: box.y + box.height - height, height }, { fill: theme.accent, opacity: cell.value > 0.995 ? 0.75 : 1 })];
      },
      (line, hour) => {
        const cell = cells[line]![hour]!;
        return tip(`${names[line]} ${hourWindow(hour)}`, cell.short, cell.why);
      }));
    const table = gridTable(t("col_place"), hours.map(hourText), names.map((name, line) => ({ name, cells: cells[line]! })));
    showTable(tableInto, "coverage-table", t("coverage_about", { day: data.dayText }), table, data.jsonUrl);
    return new Set(cells.flat().map((cell) => cell.kind));
  }
}
