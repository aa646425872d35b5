#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two tables of docs/METHODS.md about the grid of scenes, from the JSON of several seeds.

  yukikai accuracy --seed 4711 --json=4711.json        (and others)
  tests/accuracy/py/grid_tables.py 4711.json ... [--into docs/METHODS.md]

Figures are means over the seeds. --into replaces the rows of both tables in the file; without it they are printed."""
import json
import sys

BIASED = [("rotation_period", True), ("device_visits_15m", True), ("device_visits_1h", True), ("visitors_15m", True),
          ("visitors_1h", True), ("visitors_carried_15m", True), ("visitors_carried_1h", True), ("arrivals_1h", True),
          ("mean_stay", False), ("dwell_median", False)]
STEPS = ["exact_devices_mape", "true_period_and_ratio_mape", "true_ratio_mape", "mape"]
NO_GOAL = {"two addresses in step", "beacons not taken out"}


def mean(rows, field):
    values = [r[field] for r in rows if r.get(field) is not None]
    return sum(values) / len(values) if values else None


def bias(rows, covered):
    value = mean(rows, "bias")
    if value is None:
        return "-"
    told = mean(rows, "coverage95")
    return f"{100 * value:+.1f}" + (f" ({100 * told:.0f})" if covered and told is not None else "")


def first_table(scene, of):
    cells = [scene] + [bias(of(scene, kpi), covered) for kpi, covered in BIASED]
    hour = of(scene, "visitors_1h")
    fields = ["naive_mape", "calibrated_here_mape", "calibrated_elsewhere_mape"]
    return cells + [", ".join(f"{100 * mean(hour, f):.0f}" for f in fields)]


def goal(scene, of):
    if scene in NO_GOAL:
        return "none"
    parts = []
    for kpi, name in (("visitors_15m", "15 min"), ("visitors_1h", "1 h")):
        notes = [r["note"] for r in of(scene, kpi)]
        for begin, text in (("MISSED", "missed"), ("out of reach", "out of reach"), ("ok: mape within", "within error")):
            count = sum(n.startswith(begin) for n in notes)
            if count:
                parts.append(f"{name}: {text} {count}/{len(notes)}")
    return "; ".join(parts) or "kept"


def second_table(scene, of):
    cells = [scene]
    for kpi in ("visitors_15m", "visitors_1h"):
        rows = of(scene, kpi)
        cells += [f"{100 * mean(rows, f):.1f}" for f in STEPS]
        cells.append(f"{100 * mean(rows, 'floor_mape'):.1f}, {100 * mean(rows, 'limit_mape'):.1f}")
    return cells + [goal(scene, of)]


def replace(text, head, rows):
    """The rows below the table whose heading begins with `head`."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(head)) + 2
    end = at
    while lines[end].startswith("|"):
        end += 1
    return "\n".join(lines[:at] + rows + lines[end:])


def main():
    arguments, into = sys.argv[1:], None
    if "--into" in arguments:
        at = arguments.index("--into")
        into = arguments[at + 1]
        del arguments[at:at + 2]
    if not arguments:
        sys.exit(__doc__)
    rows = []
    for name in arguments:
        with open(name, encoding="utf-8") as file:
            rows += json.load(file)
    scenes = list(dict.fromkeys(r["scene"] for r in rows))

    def of(scene, kpi):
        return [r for r in rows if r["scene"] == scene and r["kpi"] == kpi]

    tables = [["| " + " | ".join(make(s, of)) + " |" for s in scenes] for make in (first_table, second_table)]
    if not into:
        print("\n".join(tables[0] + [""] + tables[1]))
        return
    with open(into, encoding="utf-8") as file:
        text = file.read()
    text = replace(text, "| scene | R | device visits", tables[0])
    text = replace(text, "| scene | 15 min: devices told", tables[1])
    with open(into, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
