// ECharts with the page's colours and patterns, and only the parts in use. SPDX-License-Identifier: GPL-3.0-or-later
//
// The content policy forbids inline styles in markup, so tooltips are made as elements with classes. Patterns tell the kinds
// of empty cells apart without colour: hatched outage, dotted suppressed, sparse lines for missing for another reason.
import { CustomChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Kind } from "./cells";
import { h } from "./dom";

use([LineChart, CustomChart, GridComponent, TooltipComponent, CanvasRenderer]);

export interface Theme {
  ink: string;
  muted: string;
  line: string;
  card: string;
  accent: string;
  band: string;
  heat: string[];
  font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: get("--ink"),
    muted: get("--muted"),
    line: get("--line"),
    card: get("--card"),
    accent: get("--accent"),
    band: get("--band"),
    heat: ["--heat-0", "--heat-1", "--heat-2", "--heat-3", "--heat-4"].map(get),
    font: getComputedStyle(document.body).fontFamily,
  };
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** A colour on the heat scale, share from 0 to 1. */
export function heatColour(theme: Theme, share: number): string {
  const at = Math.min(Math.max(share, 0), 1) * (theme.heat.length - 1);
  const i = Math.min(Math.floor(at), theme.heat.length - 2);
  const low = channels(theme.heat[i]!);
  const high = channels(theme.heat[i + 1]!);
  const mixed = low.map((c, j) => Math.round(c + (high[j]! - c) * (at - i)));
  return `rgb(${mixed.join(",")})`;
}

/** The fill of an empty cell. */
export function patternFill(theme: Theme, kind: Kind): object | string {
  if (kind === "nothing") return "transparent";
  const size = 8;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const c = canvas.getContext("2d");
  if (!c) return theme.line;
  c.strokeStyle = c.fillStyle = theme.muted;
  c.lineWidth = 1.1;
  c.beginPath();
  if (kind === "suppressed") {
    for (const [x, y] of [[2, 2], [6, 6]] as const) {
      c.moveTo(x + 1.2, y);
      c.arc(x, y, 1.2, 0, 7);
    }
    c.fill();
  } else if (kind === "outage") {
    for (const shift of [-size, 0, size]) {
      c.moveTo(shift, size);
      c.lineTo(shift + size, 0);
    }
    c.stroke();
  } else {
    c.globalAlpha = 0.55;
    c.moveTo(0, 4);
    c.lineTo(size, 4);
    c.stroke();
  }
  return { image: canvas, repeat: "repeat" };
}

export function tip(title: string, ...lines: string[]): HTMLElement {
  const box = h("div", { class: "tip" }, h("strong", {}, title));
  for (const line of lines) if (line) box.append(h("span", {}, line));
  return box;
}

export function tooltip(theme: Theme): object {
  return {
    backgroundColor: theme.card,
    borderColor: theme.line,
    borderWidth: 1,
    padding: 0,
    confine: true,
    transitionDuration: 0,
    textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 13 },
  };
}

export function axisLook(theme: Theme): object {
  return {
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

/** One chart on the page; the same instance is kept while data changes, so that nothing flickers. */
export class ChartBox {
  private readonly canvas = h("div", { class: "chart", role: "img" });
  private readonly message = h("p", { class: "chart-message" });
  readonly element = h("div", { class: "chart-box" }, this.canvas, this.message);
  private chart: ECharts | null = null;

  constructor(extraClass: string) {
    this.canvas.classList.add(extraClass);
    new ResizeObserver(() => this.chart?.resize()).observe(this.canvas);
  }

  setHeight(pixels: number): void {
    this.canvas.style.height = `${pixels}px`;
  }

  /** message: what to say over a chart without a single value. */
  draw(label: string, option: EChartsCoreOption, message = ""): void {
    this.canvas.setAttribute("aria-label", label);
    this.message.textContent = message;
    this.chart ??= init(this.canvas, null, { renderer: "canvas" });
    this.chart.setOption({ animation: false, ...option }, { notMerge: true });
    this.chart.resize();
  }
}
