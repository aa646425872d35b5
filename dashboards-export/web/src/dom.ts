// Elements from data, never from markup: a name cannot become a tag. SPDX-License-Identifier: GPL-3.0-or-later
type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

export function select(label: string, id: string, options: [value: string, text: string][], chosen: string, onChange: (value: string) => void): HTMLElement {
  const control = h("select", { id, change: () => onChange(control.value) });
  for (const [value, text] of options) control.append(h("option", { value, selected: value === chosen }, text));
  return h("label", { class: "field", for: id }, h("span", { class: "field-name" }, label), control);
}

/** A few choices side by side: radio buttons, so that arrow keys work as people know them. */
export function choice(label: string, name: string, options: [value: string, text: string, lang?: string][], chosen: string, onChange: (value: string) => void): HTMLElement {
  const group = h("fieldset", { class: "choice" }, h("legend", {}, label));
  for (const [value, text, lang] of options) {
    const input = h("input", { type: "radio", name, value, checked: value === chosen, change: () => onChange(value) });
    group.append(h("label", { lang: lang ?? null }, input, h("span", {}, text)));
  }
  return group;
}
