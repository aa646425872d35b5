// The server's answers, typed. SPDX-License-Identifier: GPL-3.0-or-later
import type { Name } from "./i18n";

export interface Row {
  place: string;
  kpi: string;
  direction: string | null;
  start: string;
  end: string;
  resolution: "15m" | "1h" | "1d";
  value: number | null;
  lower: number | null;
  upper: number | null;
  unit: string | null;
  coverage: number | null;
  basis: "measured" | "estimated" | "imputed";
  state: "ok" | "suppressed" | "missing";
  reason: string | null;
  n: string | null;
  final: boolean;
}

export interface Part {
  id: string;
  name: Name;
}

export interface Place extends Part {
  radio: boolean;
  camera: boolean;
  lines: Part[];
  zones: Part[];
}

export interface Target {
  kpi: string;
  place: string;
  resolution: string;
  base: number | null;
  target: number | null;
  fiscal_year: number | null;
}

export interface District {
  id: string;
  name: Name;
  timezone: string;
  k: number;
  epoch_hours: number;
  places: Place[];
  kpis: Target[];
  as_of: string | null;
}

export interface LiveRows {
  as_of: string | null;
  rows: Row[];
}

async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, signal ? { signal } : {});
  if (response.ok) return (await response.json()) as T;
  const body = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(body.error ?? `HTTP ${response.status}`);
}

export function getDistrict(): Promise<District> {
  return getJson<District>("/api/v1/district");
}

export type RowQuery = Partial<Record<"place" | "kpi" | "direction" | "resolution" | "from" | "to", string>>;

export function rowsUrl(query: RowQuery): string {
  return `/api/v1/kpis?${new URLSearchParams(query as Record<string, string>).toString()}`;
}

/** All rows of a question, page by page. */
export async function getRows(query: RowQuery, signal?: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  let next: string | null = null;
  do {
    const page: string = next === null ? "" : `&after=${encodeURIComponent(next)}`;
    const answer: { rows: Row[]; next: string | null } = await getJson(`${rowsUrl(query)}&limit=2000${page}`, signal);
    rows.push(...answer.rows);
    next = answer.next;
  } while (next !== null);
  return rows;
}

export type LiveState = "connecting" | "on" | "off";

/** Live events until the page is left. The browser connects again by itself; after a refusal (too many streams) we do. */
export function listen(onRows: (rows: LiveRows) => void, onState: (state: LiveState) => void): void {
  onState("connecting");
  const source = new EventSource("/api/v1/live");
  source.addEventListener("open", () => onState("on"));
  source.addEventListener("rows", (event) => onRows(JSON.parse((event as MessageEvent<string>).data) as LiveRows));
  source.addEventListener("error", () => {
    onState("off");
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onRows, onState), 5000);
  });
}
