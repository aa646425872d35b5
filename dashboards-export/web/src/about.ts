// What the page says to residents, in plain words. SPDX-License-Identifier: GPL-3.0-or-later
import type { District } from "./api";
import { h } from "./dom";
import { t, type Key } from "./i18n";

const topics = ["radio", "camera", "time", "show", "choice", "read"];

export function renderAbout(into: HTMLElement, district: District): void {
  const words = { hours: district.epoch_hours, k: district.k };
  into.replaceChildren(
    h("h2", { id: "about-title" }, t("about_title")),
    h("p", { class: "lead" }, t("about_lead")),
    h("div", { class: "topics" }, ...topics.map((topic) =>
      h("section", {}, h("h3", {}, t(`about_${topic}_title` as Key)), h("p", {}, t(`about_${topic}` as Key, words))))));
}
