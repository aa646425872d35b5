// The table beside every chart: the same values, for eyes, screen readers and copying. SPDX-License-Identifier: GPL-3.0-or-later
import type { Cell } from "./cells";
import { basisText, formatValue } from "./cells";
import { h } from "./dom";
import { formatShare, t } from "./i18n";

/** Puts the table into its box, which is made once: a visitor's open table stays open, and scrolled where it was. */
export function showTable(into: HTMLElement, id: string, caption: string, table: HTMLTableElement, jsonUrl: string): void {
  table.prepend(h("caption", { class: "unseen" }, caption));
  if (!into.firstChild)
    into.append(h("details", { class: "table-box", id }, h("summary"), h("div", { class: "scroll", tabindex: 0, role: "region" }),
      h("p", { class: "table-link" }, h("a"))));
  const part = (selector: string) => into.querySelector<HTMLElement>(selector)!;
  part("summary").textContent = t("table_show");
  part(".scroll").setAttribute("aria-label", caption);
  part(".scroll").replaceChildren(table);
  part("a").textContent = t("table_json");
  part("a").setAttribute("href", jsonUrl);
}

export function headRow(...names: string[]): HTMLElement {
  const row = h("tr");
  for (const name of names) row.append(h("th", { scope: "col" }, name));
  return h("thead", {}, row);
}

/** Windows below each other: value, interval, coverage, basis, state. */
export function windowTable(kpi: string, lines: { window: string; cell: Cell }[]): HTMLTableElement {
  const body = h("tbody");
  for (const { window, cell } of lines) {
    const row = cell.row;
    const interval = row && row.lower !== null && row.upper !== null ? `${formatValue(kpi, row.lower)}–${formatValue(kpi, row.upper)}` : t("none");
    body.append(h("tr", { "data-kind": cell.kind },
      h("th", { scope: "row" }, window),
      h("td", { class: "number" }, cell.value === null ? t("none") : cell.short),
      h("td", { class: "number" }, cell.value === null ? t("none") : interval),
      h("td", { class: "number" }, row && row.coverage !== null ? formatShare(row.coverage) : t("none")),
      h("td", {}, row && cell.value !== null ? basisText(row) : t("none")),
      h("td", { title: cell.why }, cell.value === null ? h("span", { class: `mark ${cell.kind}` }) : "", cell.value === null ? `${cell.short}. ${cell.why}` : t("state_ok"))));
  }
  return h("table", { class: "windows" }, headRow(t("col_window"), t("col_value"), t("col_interval"), t("col_coverage"), t("col_basis"), t("col_state")), body);
}

/** Hours across, one line per weekday or place. */
export function gridTable(corner: string, hours: string[], lines: { name: string; cells: Cell[] }[]): HTMLTableElement {
  const body = h("tbody");
  for (const line of lines) {
    const row = h("tr", {}, h("th", { scope: "row" }, line.name));
    for (const cell of line.cells) row.append(h("td", { class: "number", "data-kind": cell.kind, title: cell.why || null }, cell.short));
    body.append(row);
  }
  return h("table", { class: "grid" }, headRow(corner, ...hours), body);
}
