// Texts, numbers and times in the chosen language and the district's zone. SPDX-License-Identifier: GPL-3.0-or-later
import { en, type Key, type Texts } from "./en";
import { ja } from "./ja";

export type Lang = "en" | "ja";
export type { Key };
const texts: Record<Lang, Texts> = { en, ja };

let lang: Lang = "en";
let zone = "UTC";

export function setLanguage(next: Lang): void {
  lang = next;
  document.documentElement.lang = next;
}

export function language(): Lang {
  return lang;
}

export function setZone(next: string): void {
  zone = next;
}

/** A text with its {places} filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return texts[lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text whose key is made from data; the data itself when there is no such text. */
export function tOr(key: string, fallback: string, values: Record<string, string | number> = {}): string {
  return key in texts[lang] ? t(key as Key, values) : fallback;
}

export interface Name {
  en: string;
  ja: string;
}

export function nameOf(name: Name): string {
  return name[lang];
}

const locale = () => (lang === "ja" ? "ja-JP" : "en-GB");

export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}

export function formatShare(value: number): string {
  const whole = Math.abs(value * 100 - Math.round(value * 100)) < 0.05;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: whole ? 0 : 1 }).format(value);
}

export function formatTime(ms: number): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
}

export function formatDateTime(ms: number): string {
  return new Intl.DateTimeFormat(locale(), {
    timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(ms);
}

/** "2026-04-14" in words. A date has no zone. */
export function formatDate(date: string, style: "long" | "short" = "long"): string {
  return new Intl.DateTimeFormat(locale(), {
    timeZone: "UTC",
    day: "numeric",
    month: style === "long" ? "long" : "short",
    ...(style === "long" ? { year: "numeric", weekday: "long" } : {}),
  }).format(Date.parse(`${date}T00:00:00Z`));
}

/** 0 Monday .. 6 Sunday. */
export function weekdayName(day: number): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", weekday: "short" }).format(Date.UTC(2024, 0, 1 + day));
}

/** How far the zone is ahead of UTC at an instant, in milliseconds. */
function offsetAt(ms: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(ms / 1000) * 1000;
}

/** The instant of local midnight. Asked twice, because the first guess may stand on the other side of a clock change. */
export function midnight(date: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`);
  return utc - offsetAt(utc - offsetAt(utc));
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);
}
