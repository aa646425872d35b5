/* What is refused before a tree is built. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A configuration needs maps, lists and scalars. YAML has more: anchors and aliases (with which a few lines become
 * gigabytes), tags (which ask for types), several documents in a file. libyaml's tree has forgotten which of them it
 * was made of, so its events are looked at first; that pass keeps nothing but a depth and a count, and stops at the
 * first bound that is passed. UTF-8 is checked before, because libyaml tells a byte offset there and a person wants a
 * line. */
#include "config/yaml_tree.h"

#include <string.h>

/* Length of the well-formed UTF-8 character at p (Unicode 15, table 3-7), or 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : 0;
    if (length == 0 || left < length)
        return 0;
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static bool check_text(const unsigned char *bytes, size_t length, struct yk_mistake_list *mistakes)
{
    int line = 1, column = 1;
    for (size_t at = 0, step; at < length; at += step, column++) {
        step = utf8_length(bytes + at, length - at);
        if (step == 0) {
            yk_mistake_add(mistakes, line, column, "byte 0x%02x is not UTF-8; save the file as UTF-8", bytes[at]);
            return false;
        }
        if (bytes[at] < 0x20 && bytes[at] != '\n' && bytes[at] != '\r' && bytes[at] != '\t') {
            yk_mistake_add(mistakes, line, column, "control character 0x%02x; this is not a text file", bytes[at]);
            return false;
        }
        if (bytes[at] == '\n') {
            line++;
            column = 0;
        }
    }
    return true;
}

struct screen {
    struct yk_mistake_list *mistakes;
    int depth, nodes, documents;
};

static void mistake_at(struct screen *screen, const yaml_event_t *event, const char *text)
{
    yk_mistake_add(screen->mistakes, (int)event->start_mark.line + 1, (int)event->start_mark.column + 1, "%s", text);
}

/* Anchors and tags of one node; false ends the pass. */
static bool check_node(struct screen *screen, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    if (anchor)
        mistake_at(screen, event, "anchors (&name) are not used here; write the value out");
    if (tag)
        mistake_at(screen, event, "tags (!name) are not used here; leave it out");
    if (++screen->nodes > YK_YAML_MAX_NODES) {
        mistake_at(screen, event, "the file has more than 100000 values; split the district");
        return false;
    }
    return true;
}

static bool check_nesting(struct screen *screen, const yaml_event_t *event)
{
    if (++screen->depth <= YK_YAML_MAX_DEPTH)
        return true;
    mistake_at(screen, event, "nested too deeply; a district needs 6 levels at the most");
    return false;
}

static bool check_event(struct screen *screen, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++screen->documents <= 1)
            return true;
        mistake_at(screen, event, "a second document begins here; use one file per district or edge");
        return false;
    case YAML_ALIAS_EVENT:
        mistake_at(screen, event, "aliases (*name) are not used here; write the value out");
        return true;
    case YAML_SCALAR_EVENT:
        return check_node(screen, event, event->data.scalar.anchor, event->data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
        return check_node(screen, event, event->data.sequence_start.anchor, event->data.sequence_start.tag) &&
               check_nesting(screen, event);
    case YAML_MAPPING_START_EVENT:
        return check_node(screen, event, event->data.mapping_start.anchor, event->data.mapping_start.tag) &&
               check_nesting(screen, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        screen->depth--;
        return true;
    default:
        return true;
    }
}

static void parser_mistake(const yaml_parser_t *parser, struct yk_mistake_list *mistakes)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        mistakes->out_of_memory = true;
        return;
    }
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_READER_ERROR)
        yk_mistake_add(mistakes, 0, 0, "%s at byte %zu", problem, parser->problem_offset);
    else if (parser->context)
        yk_mistake_add(mistakes, (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1,
                       "not YAML: %s, %s (from line %zu on); look at indentation, brackets and quotes", parser->context,
                       problem, parser->context_mark.line + 1);
    else
        yk_mistake_add(mistakes, (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1,
                       "not YAML: %s; look at indentation, brackets and quotes", problem);
}

bool yk_yaml_screen(const void *bytes, size_t length, struct yk_mistake_list *mistakes)
{
    if (length > YK_YAML_MAX_BYTES) {
        yk_mistake_add(mistakes, 0, 0, "larger than 1 MiB; this is not a district's configuration");
        return false;
    }
    if (!check_text(bytes, length, mistakes))
        return false;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        mistakes->out_of_memory = true;
        return false;
    }
    yaml_parser_set_input_string(&parser, bytes, length);
    struct screen screen = {.mistakes = mistakes};
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            parser_mistake(&parser, mistakes);
            break;
        }
        more = check_event(&screen, &event) && event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (screen.documents == 0 && !yk_mistake_any(mistakes))
        yk_mistake_add(mistakes, 0, 0, "the file is empty; examples/riverside.yaml shows what belongs in it");
    return !yk_mistake_any(mistakes);
}
