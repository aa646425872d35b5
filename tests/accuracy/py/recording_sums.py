#!/usr/bin/env python3
"""Sums over address lives in a Bluetooth recording, by a parser of its own. SPDX-License-Identifier: GPL-3.0-or-later

    recording_sums.py FILE      one line a class: A B D T(ds) sumG(ds) sumG2(ds^2), public and static apart from infrastructure

Shares no code with the product: pcap 201 and btsnoop 1002 are read here, HCI LE advertising reports (legacy and complete
extended ones) are taken apart here, and every address keeps its whole list of times. The rules that both follow are
those of docs/METHODS.md: times cut to tenths of a second; a life ends after 600 s of silence; inside a quarter of an hour such a
silence is known to the tick of 10 s. The figures of tests/integration/test_inspect_estimate.c come from here.
Also printed, as a check of R by eye: lives by length, the successive lives of the strongest transmitter, and births within 2 s
after a death of the same class against those within 2 s before.
"""
import struct
import sys
from collections import defaultdict

MERGE, TICK, WINDOW = 6000, 100, 9000


def records(data):
    if data[:8] == b"btsnoop\0":
        at = 16
        while at + 24 <= len(data):
            _, length, flags, _, t = struct.unpack(">IIIIq", data[at:at + 24])
            yield t - 0x00DCDDB30F2F8000, data[at + 24:at + 24 + length]
            at += 24 + length
        return
    magic = data[:4]
    order = "<" if magic in (b"\x4d\x3c\xb2\xa1", b"\xd4\xc3\xb2\xa1") else ">"
    nano = magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    assert struct.unpack(order + "I", data[20:24])[0] == 201, "pcap of link type 201 or btsnoop"
    at = 24
    while at + 16 <= len(data):
        s, part, length, _ = struct.unpack(order + "IIII", data[at:at + 16])
        yield s * 1000000 + (part // 1000 if nano else part), data[at + 20:at + 16 + length]
        at += 16 + length


def class_of(kind, address):
    if kind in (0, 2):
        return "public"
    return {0: "non_resolvable", 1: "resolvable", 2: None, 3: "static"}[address[5] >> 6]


def adverts(data):
    for t, packet in records(data):
        if len(packet) < 5 or packet[0] != 4 or packet[1] != 0x3E:
            continue
        body = packet[3:3 + packet[2]]
        sub, count, at = body[0], body[1], 2
        for _ in range(count):
            if sub == 0x02:
                kind, address, n = body[at + 1], body[at + 2:at + 8], body[at + 8]
                rssi = struct.unpack("b", body[at + 9 + n:at + 10 + n])[0]
                at += 10 + n
            elif sub == 0x0D:
                assert body[at] & 0x60 == 0, "this parser puts no pieces together"
                kind, address, n = body[at + 2], body[at + 3:at + 9], body[at + 23]
                rssi = struct.unpack("b", body[at + 13:at + 14])[0]
                at += 24 + n
            else:
                break
            which = class_of(kind, address) if kind in (0, 1, 2, 3) else None
            if which:
                yield t, which, bytes([kind & 1]) + address, rssi


def main(path):
    data = open(path, "rb").read()
    heard, strongest, latest = defaultdict(list), defaultdict(lambda: -128), 0
    times = [t // 100000 for t, _ in records(data)]
    for t, which, address, rssi in adverts(data):
        ds = max(t // 100000, latest // TICK * TICK)  # a late one counts as of the open tick's beginning
        latest = max(latest, ds)
        heard[which, address].append(ds)
        strongest[which, address] = max(strongest[which, address], rssi)
    listened = times[-1] - times[0]
    sums, lives_of, infrastructure = defaultdict(lambda: [0] * 6), defaultdict(list), 0
    for (which, address), list_ in heard.items():
        lives, gaps, life = [], [], [list_[0], list_[0]]
        for t in list_[1:]:
            if t - life[1] > MERGE:
                lives.append(life)
                life = [t, t]
            elif t > life[1]:
                gaps.append(t - life[1])
                life[1] = t
        lives.append(life)
        told = []  # as the district is told: by ticks inside a window
        for life in lives:
            told.append(list(life))
        for before, after in zip(told, told[1:]):
            if before[1] // WINDOW == after[0] // WINDOW and after[0] // TICK - before[1] // TICK - 1 >= MERGE // TICK:
                before[1], after[0] = (before[1] // TICK + 1) * TICK, after[0] // TICK * TICK
            elif before[1] // WINDOW == after[0] // WINDOW:
                after[0] = before[0]  # 600 s and a bit that the ticks do not show: one life
                before[0] = None
        told = [life for life in told if life[0] is not None]
        time = sum(b - a for a, b in told)
        if which in ("public", "static") and listened >= 18000 and time >= 0.8 * listened:
            infrastructure += 1
            continue
        s = sums[which]
        for i, v in enumerate((1, len(told), len(told), time, sum(gaps), sum(g * g for g in gaps))):
            s[i] += v
        lives_of[which] += [(a, b, strongest[which, address]) for a, b in told]
    print("listened_ds", listened, "infrastructure", infrastructure)
    for which in ("public", "static", "resolvable", "non_resolvable"):
        print(which, *sums[which])
    for which in ("resolvable", "non_resolvable"):
        lives = sorted(lives_of[which])
        print(which, "lives of 4-7 minutes:", sum(2400 <= b - a <= 4200 for a, b, _ in lives), "of", len(lives))
        after = sum(0 <= x[0] - y[1] < 20 for x in lives for y in lives if x is not y)
        before = sum(0 < y[1] - x[0] <= 20 for x in lives for y in lives if x is not y)
        print(which, "births within 2 s after a death:", after, "before:", before)
        print(which, "strong (above -45 dBm), start and length in s:",
              *["%.0f+%.0f" % ((a - times[0]) / 10, (b - a) / 10) for a, b, r in lives if r > -45])


main(sys.argv[1])
