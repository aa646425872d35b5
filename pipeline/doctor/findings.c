/* The list, and what concerns the machine as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/findings.h"

#include "base/text.h"
#include "doctor/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_BYTES_MIN 200000000u
#define FAILURES_MIN   3
#define STARTING_S     120

void yk_finding_add(struct yk_findings *findings, enum yk_finding_kind kind, const char *about, const char *fmt, ...)
{
    if (findings->count == findings->capacity) {
        size_t capacity = findings->capacity ? 2 * findings->capacity : 16;
        struct yk_finding *list = realloc(findings->list, capacity * sizeof *list);
        if (!list) {
            findings->lost = true;
            return;
        }
        findings->list = list;
        findings->capacity = capacity;
    }
    struct yk_finding *finding = &findings->list[findings->count++];
    finding->kind = kind;
    finding->order = findings->count;
    yk_text_copy(finding->about, sizeof finding->about, about);
    va_list args;
    va_start(args, fmt);
    vsnprintf(finding->text, sizeof finding->text, fmt, args);
    va_end(args);
}

bool yk_checkup_up_gone(const struct yk_checkup *c)
{
    return c->up_read == YK_READ_OK && (c->up.head.ended || yk_status_age(c, &c->up.head) > YK_STALE_S);
}

bool yk_finding_part(const struct yk_checkup *c, struct yk_findings *f, const struct yk_status_head *head,
                     const char *name, const char *unit)
{
    int64_t age = yk_status_age(c, head);
    char span[YK_WORDS_SIZE];
    if (!head->ended && age <= YK_STALE_S)
        return false;
    if (yk_checkup_up_gone(c))
        return true;
    if (head->ended)
        yk_finding_add(f, YK_FINDING_FAULT, name, "%s ended %s ago and was not started again: systemctl start %s", name,
                       yk_words_span(span, age), unit);
    else
        yk_finding_add(f, YK_FINDING_FAULT, name,
                       "%s has said nothing for %s: it hangs, or was killed, or the power went: systemctl status %s",
                       name, yk_words_span(span, age), unit);
    return true;
}

static void of_up(const struct yk_checkup *c, struct yk_findings *f)
{
    if (c->up_read != YK_READ_OK)
        return;
    char span[YK_WORDS_SIZE], count[YK_WORDS_SIZE];
    yk_words_span(span, yk_status_age(c, &c->up.head));
    if (c->up.head.ended) {
        yk_finding_add(f, YK_FINDING_FAULT, "up", "yukikai up ended %s ago, and its parts with it: start it again",
                       span);
        return;
    }
    if (yk_checkup_up_gone(c)) {
        yk_finding_add(f, YK_FINDING_FAULT, "up",
                       "yukikai up has said nothing for %s: it hangs, or was killed, or the power went: start it again",
                       span);
        return;
    }
    for (size_t i = 0; i < c->up.part_count; i++) {
        const struct yk_part_status *part = &c->up.parts[i];
        if (part->failures >= FAILURES_MIN)
            yk_finding_add(
                f, YK_FINDING_FAULT, part->name,
                "%s fails again and again: %s times in a row, the last time it %s. What it said stands where "
                "yukikai up says its own lines (journalctl, or its terminal)",
                part->name, yk_words_count(count, part->failures), part->last);
        else if (strcmp(part->state, "starting") == 0 && part->since_s != YK_NONE &&
                 c->now_s - part->since_s >= STARTING_S)
            yk_finding_add(
                f, YK_FINDING_FAULT, part->name,
                "%s was started %s ago and does not say yet that it works: is its disk slow, or does it hang?",
                part->name, yk_words_span(span, c->now_s - part->since_s));
        else if (strcmp(part->state, "waiting") == 0)
            yk_finding_add(f, YK_FINDING_NOTE, part->name, "%s %s and is started again in some seconds", part->name,
                           part->last);
    }
}

static void of_disk(struct yk_findings *f, const char *name, const struct yk_disk *disk, const char *advice)
{
    if (disk->total_bytes == 0 || (disk->free_bytes >= DISK_BYTES_MIN && disk->free_bytes >= disk->total_bytes / 20))
        return;
    char left[YK_WORDS_SIZE], total[YK_WORDS_SIZE];
    yk_finding_add(f, YK_FINDING_FAULT, "disk", "the disk of %s has %s left of %s: %s", name,
                   yk_words_size(left, disk->free_bytes), yk_words_size(total, disk->total_bytes), advice);
}

static void of_machine(const struct yk_checkup *c, struct yk_findings *f)
{
    for (size_t i = 0; i < c->fault_count; i++)
        yk_finding_add(f, YK_FINDING_FAULT, "status", "%s", c->faults[i]);
    of_disk(f, "the spool", &c->spool_disk, "make room, before the collector has to give up the oldest presence");
    if (c->publish_disk.total_bytes != c->spool_disk.total_bytes ||
        c->publish_disk.free_bytes != c->spool_disk.free_bytes)
        of_disk(f, "the stores", &c->publish_disk,
                "make room; until there is some nothing is committed, and the edges keep what they have");
    if (c->clock == YK_CLOCK_UNSYNCHRONISED)
        yk_finding_add(
            f, YK_FINDING_FAULT, "clock",
            "the clock of this machine is not synchronised: timedatectl shows why; systemd-timesyncd or chrony "
            "keeps it right");
}

static int faults_first(const void *a, const void *b)
{
    const struct yk_finding *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void yk_findings_make(const struct yk_checkup *c, struct yk_findings *f)
{
    of_up(c, f);
    yk_findings_of_edge(c, f);
    yk_findings_of_district(c, f);
    yk_findings_of_refusals(c, f);
    of_machine(c, f);
    if (f->count > 0)
        qsort(f->list, f->count, sizeof *f->list, faults_first);
}

void yk_findings_clear(struct yk_findings *f)
{
    free(f->list);
    memset(f, 0, sizeof *f);
}

bool yk_findings_well(const struct yk_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].kind == YK_FINDING_FAULT)
            return false;
    return !f->lost;
}
