// What the visitor chose: in the address (to share) and, for the language, in the browser (to keep). SPDX-License-Identifier: GPL-3.0-or-later
import type { Lang } from "./i18n";

export interface View {
  lang: Lang;
  place: string;
  day: string; // "" follows the newest day
  kpi: string;
  direction: string;
  part: string; // "" whole place, else "PLACE/LINE"
  step: "15m" | "1h";
}

function keptLanguage(): string | null {
  try {
    return localStorage.getItem("yukikai-lang");
  } catch {
    return null; // storage switched off: the address still carries it
  }
}

export function readView(): View {
  const hash = new URLSearchParams(location.hash.slice(1));
  const wished = hash.get("lang") ?? keptLanguage() ?? navigator.language.slice(0, 2);
  const day = hash.get("day") ?? "";
  return {
    lang: wished === "ja" ? "ja" : "en",
    place: hash.get("place") ?? "",
    day: /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : "",
    kpi: hash.get("kpi") ?? "footfall",
    direction: hash.get("direction") ?? "both",
    part: hash.get("part") ?? "",
    step: hash.get("step") === "1h" ? "1h" : "15m",
  };
}

export function writeView(view: View): void {
  const hash = new URLSearchParams({ lang: view.lang, place: view.place, kpi: view.kpi, step: view.step });
  if (view.day) hash.set("day", view.day);
  if (view.kpi === "footfall" && view.direction !== "both") hash.set("direction", view.direction);
  if (view.part) hash.set("part", view.part);
  history.replaceState(null, "", `#${hash.toString()}`);
  try {
    localStorage.setItem("yukikai-lang", view.lang);
  } catch {
    // see keptLanguage
  }
}
