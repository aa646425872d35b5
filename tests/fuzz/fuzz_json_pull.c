/* JSON read in place against jansson. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes are JSON for both or for neither, end at the same place, and have the same members, strings and numbers. Allowed
 * differences are those that json_pull.h names: what nests deeper than it takes, texts with a NUL byte, and strings with
 * escapes that are too long. */
#include "decode/json_pull.h"
#include "decode/json_record.h"
#include "decode/track_number.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool promise)
{
    if (!promise)
        abort();
}

static int depth_of(json_t *value)
{
    int deepest = 0;
    size_t i;
    const char *key;
    json_t *item;
    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    json_object_foreach(value, key, item)
    {
        int depth = depth_of(item);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(value, i, item)
    {
        int depth = depth_of(item);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static void hold_same(struct yk_json_pull pull, json_t *tree);

static void hold_same_members(struct yk_json_pull pull, json_t *tree)
{
    struct yk_json_pull_walk walk = yk_json_pull_enter(pull);
    struct yk_json_pull_text text;
    const char *key;
    json_t *item;
    while (yk_json_pull_next(&walk)) /* no name that the tree has not */
        if (yk_json_pull_text(walk.key, &text))
            hold(json_object_getn(tree, text.text, text.length) != NULL);
    json_object_foreach(tree, key, item)
    {
        struct yk_json_pull value;
        yk_json_pull_members(pull, &key, &value, 1);
        if (value.text || strlen(key) <= YK_JSON_PULL_TEXT_MAX)
            hold_same(value, item);
    }
}

static void hold_same_elements(struct yk_json_pull pull, json_t *tree)
{
    struct yk_json_pull_walk walk = yk_json_pull_enter(pull);
    size_t i = 0;
    for (; yk_json_pull_next(&walk); i++)
        hold_same(walk.value, json_array_get(tree, i));
    hold(i == json_array_size(tree));
}

static void hold_same_scalar(struct yk_json_pull pull, json_t *tree)
{
    struct yk_json_pull_text text;
    double number, expected;
    int64_t whole;
    uint64_t track = 0, expected_track = 0;
    bool is_text = yk_json_pull_text(pull, &text);
    if (!is_text && json_is_string(tree)) {
        hold(json_string_length(tree) > YK_JSON_PULL_TEXT_MAX);
        return;
    }
    hold(is_text == json_is_string(tree));
    if (is_text)
        hold(text.length == json_string_length(tree) && memcmp(text.text, json_string_value(tree), text.length) == 0);
    bool is_number = yk_json_pull_number(pull, &number);
    hold(is_number == yk_json_number(tree, &expected));
    hold(!is_number || (number <= expected && number >= expected));
    bool is_whole = yk_json_pull_integer(pull, &whole);
    hold(is_whole == json_is_integer(tree));
    hold(!is_whole || whole == json_integer_value(tree));
    hold(yk_track_number_pull(pull, &track) == yk_track_number_json(tree, &expected_track));
    hold(track == expected_track);
    hold(yk_json_pull_is(pull, "exit") == yk_json_is(tree, "exit"));
}

static char kind_of(json_t *tree)
{
    switch (json_typeof(tree)) {
    case JSON_OBJECT:
        return '{';
    case JSON_ARRAY:
        return '[';
    case JSON_STRING:
        return '"';
    case JSON_TRUE:
        return 't';
    case JSON_FALSE:
        return 'f';
    case JSON_NULL:
        return 'n';
    default:
        return '0';
    }
}

static void hold_same(struct yk_json_pull pull, json_t *tree)
{
    hold(tree && yk_json_pull_kind(pull) == kind_of(tree));
    if (json_is_object(tree))
        hold_same_members(pull, tree);
    else if (json_is_array(tree))
        hold_same_elements(pull, tree);
    else
        hold_same_scalar(pull, tree);
}

static enum yk_status count_tree(void *state, const json_t *object, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    (void)sink;
    (void)err;
    *(size_t *)state += json_object_size(object) + 1;
    return YK_OK;
}

/* Adds what count_tree adds: names that come twice count once, which only the tree knows. */
static enum yk_status count_pull(void *state, struct yk_json_pull object, const struct yk_camera_sink *sink,
                                 struct yk_error *err)
{
    size_t taken;
    struct yk_json_pull again;
    hold(yk_json_pull_open(object.text, (size_t)(object.end - object.text), &again, &taken));
    json_t *tree = json_loadb(object.text, taken, JSON_DECODE_INT_AS_REAL, NULL);
    hold(tree != NULL);
    enum yk_status status = count_tree(state, tree, sink, err);
    json_decref(tree);
    return status;
}

static void hold_same_record(const char *text, size_t size)
{
    struct yk_drops tree_drops = {{0}}, pull_drops = {{0}};
    struct yk_camera_sink tree_sink = {.drops = &tree_drops}, pull_sink = {.drops = &pull_drops};
    size_t tree = 0, pull = 0;
    hold(yk_json_record(text, size, count_tree, &tree, &tree_sink, NULL) == YK_OK);
    hold(yk_json_pull_record(text, size, count_pull, &pull, &pull_sink, NULL) == YK_OK);
    hold(tree == pull && memcmp(&tree_drops, &pull_drops, sizeof tree_drops) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    if (size == 0)
        return 0;
    struct yk_json_pull pull;
    size_t taken;
    bool good = yk_json_pull_open(text, size, &pull, &taken);
    json_error_t where;
    json_t *tree = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, &where);
    if (!tree && json_error_code(&where) == json_error_numeric_overflow)
        tree = json_loadb(text, size, JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL, &where);
    if (good) {
        hold(tree && taken == (size_t)where.position && depth_of(tree) <= YK_JSON_PULL_DEPTH);
        hold_same(pull, tree);
    } else {
        hold(!tree || memchr(text, '\0', size) || depth_of(tree) > YK_JSON_PULL_DEPTH);
    }
    json_decref(tree);
    size_t brackets = 0; /* not so deep that the two may differ */
    for (size_t i = 0; i < size; i++)
        brackets += text[i] == '[' || text[i] == '{';
    if (brackets <= YK_JSON_PULL_DEPTH && !memchr(text, '\0', size))
        hold_same_record(text, size);
    return 0;
}
