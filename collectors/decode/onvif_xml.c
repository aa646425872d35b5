/* ONVIF metadata and events as XML. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     <tt:MetadataStream><tt:VideoAnalytics><tt:Frame UtcTime="2008-10-10T12:24:57.321">
 *       <tt:Transformation><tt:Translate x="-1" y="-1"/><tt:Scale x="0.003125" y="0.00416667"/></tt:Transformation>
 *       <tt:Object ObjectId="12"><tt:Appearance><tt:Shape><tt:BoundingBox left="20" top="80" right="100" bottom="30"/>
 *       </tt:Shape><tt:Class><tt:Type Likelihood="0.8">Human</tt:Type></tt:Class></tt:Appearance></tt:Object>
 *       <tt:ObjectTree><tt:Rename><tt:from ObjectId="3"/><tt:to ObjectId="12"/></tt:Rename></tt:ObjectTree>
 *     </tt:Frame></tt:VideoAnalytics></tt:MetadataStream>
 *
 *     <wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/LineDetector/Crossed</wsnt:Topic><wsnt:Message>
 *       <tt:Message UtcTime="..." PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="Rule" Value="Fence1"/>
 *       </tt:Source><tt:Data><tt:SimpleItem Name="ObjectId" Value="15"/></tt:Data></tt:Message></wsnt:Message> ...
 *
 * What the frames and events mean is in onvif_frame.h and onvif_event.h. Prefixes are the maker's choice: elements go by
 * their local names, and only in the places above; what else a document holds is passed over.
 *
 * Documents. A live message ends its documents. A recording is read by lines, and a document may run over many. Between
 * documents stands what HTTP puts there, parts' boundaries and headers. When a document is broken, what follows is looked
 * through for the next beginning, in the same record too: one that an earlier line began may have been cut off there.
 *
 * Bounds: no document type, so no entities; 32 levels; a tag or remark of 64 KiB; expat keeps no more than that. */
#include "decode/camera_dialect.h"
#include "decode/decimal.h"
#include "decode/onvif_event.h"
#include "decode/onvif_frame.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX  32
#define PIECE_MAX  32768 /* bytes given to expat at a time */
#define TAG_MAX    65536
#define TEXT_MAX   128
#define BROKEN_MAX 64 /* documents of a record, then the rest of it is not read */

/* Names that mean something. */
#define ELEMENTS(X)                        \
    X(METADATA_STREAM, "MetadataStream")   \
    X(VIDEO_ANALYTICS, "VideoAnalytics")   \
    X(ENVELOPE, "Envelope")                \
    X(NOTIFY, "Notify")                    \
    X(PULLED, "PullMessagesResponse")      \
    X(NOTIFICATION, "NotificationMessage") \
    X(FRAME, "Frame")                      \
    X(TRANSFORMATION, "Transformation")    \
    X(TRANSLATE, "Translate")              \
    X(SCALE, "Scale")                      \
    X(OBJECT, "Object")                    \
    X(APPEARANCE, "Appearance")            \
    X(SHAPE, "Shape")                      \
    X(BOUNDING_BOX, "BoundingBox")         \
    X(CLASS, "Class")                      \
    X(CLASS_CANDIDATE, "ClassCandidate")   \
    X(TYPE, "Type")                        \
    X(LIKELIHOOD, "Likelihood")            \
    X(BEHAVIOUR, "Behaviour")              \
    X(REMOVED, "Removed")                  \
    X(OBJECT_TREE, "ObjectTree")           \
    X(RENAME, "Rename")                    \
    X(SPLIT, "Split")                      \
    X(MERGE, "Merge")                      \
    X(DELETE, "Delete")                    \
    X(FROM, "from")                        \
    X(TO, "to")                            \
    X(TOPIC, "Topic")                      \
    X(MESSAGE, "Message")                  \
    X(SOURCE, "Source")                    \
    X(KEY, "Key")                          \
    X(DATA, "Data")                        \
    X(SIMPLE_ITEM, "SimpleItem")

enum element {
#define X(name, text) name,
    ELEMENTS(X)
#undef X
        OTHER
};

static const char *const element_names[OTHER] = {
#define X(name, text) text,
    ELEMENTS(X)
#undef X
};

struct text {
    char bytes[TEXT_MAX];
    size_t length;
};

struct state {
    XML_Parser parser;
    /* the document */
    bool open;   /* begun and not ended */
    bool lost;   /* after a broken one: only what is sure to be a beginning begins */
    bool again;  /* what broke it is looked at once more, and is not counted twice */
    bool known;  /* it held a frame or an event, or could have */
    size_t fed;  /* bytes of it before the piece that is being read */
    size_t mute; /* bytes since anything was understood */
    bool heard;
    bool given_up; /* expat may still call */
    enum yk_drop reason;
    enum element path[DEPTH_MAX];
    size_t depth;
    struct text text; /* of the innermost element, where it is wanted */
    /* what is being read */
    struct yk_onvif_object object;
    struct text class; /* of a ClassCandidate */
    double likelihood;
    struct yk_onvif_node node;
    bool in_event;
    struct yk_onvif_event event;
    enum yk_onvif_topic topic;
    struct text utc; /* the event's */
    struct yk_onvif_events events;
    struct yk_onvif_frame frame;
    /* for the time of a call */
    const struct yk_camera_sink *sink;
    struct yk_error *err;
    enum yk_status status;
};

/* --- small things --- */

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

/* from and to are written with small and capital letters. */
static enum element element_of(const char *name)
{
    name = local_name(name);
    for (int i = 0; i < OTHER; i++)
        if (*name == *element_names[i] && strcmp(name, element_names[i]) == 0)
            return (enum element)i;
    return strcmp(name, "From") == 0 ? FROM : strcmp(name, "To") == 0 ? TO : OTHER;
}

static const char *attribute(const char *const *attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(local_name(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

static bool read_number(const char *const *attributes, const char *name, double *out)
{
    const char *value = attribute(attributes, name);
    return value && yk_decimal_parse(value, strlen(value), out);
}

static void keep_text(struct text *text, const char *bytes, size_t length)
{
    size_t room = sizeof text->bytes - text->length;
    size_t n = length < room ? length : room;
    memcpy(text->bytes + text->length, bytes, n);
    text->length += n;
}

static void trim(struct text *text)
{
    size_t first = 0;
    while (first < text->length && strchr(" \t\r\n", text->bytes[first]))
        first++;
    while (text->length > first && strchr(" \t\r\n", text->bytes[text->length - 1]))
        text->length--;
    text->length -= first;
    memmove(text->bytes, text->bytes + first, text->length);
}

/* What the innermost element is in, and what that is in, and so on. */
static enum element above(const struct state *s, size_t levels)
{
    return s->depth > levels ? s->path[s->depth - 1 - levels] : OTHER;
}

static enum element parent(const struct state *s)
{
    return above(s, 1);
}

static bool is_within(const struct state *s, enum element element)
{
    for (size_t i = 0; i < s->depth; i++)
        if (s->path[i] == element)
            return true;
    return false;
}

static enum yk_track_name track_of(const char *const *attributes, uint64_t *out)
{
    const char *id = attribute(attributes, "ObjectId");
    if (!id)
        id = attribute(attributes, "UUID");
    return id ? yk_track_number_text(id, strlen(id), out) : YK_TRACK_UNTRACKED;
}

/* The document is not read any further. */
static void give_up(struct state *s, enum yk_drop reason)
{
    s->reason = reason;
    s->given_up = true;
    XML_StopParser(s->parser, XML_FALSE);
}

/* --- elements --- */

static void begin_frame(struct state *s, const char *const *attributes)
{
    const char *utc = attribute(attributes, "UtcTime");
    s->frame.taken = false;
    if (utc)
        (void)yk_onvif_frame_begin(&s->frame, utc, strlen(utc), s->sink);
    else
        yk_drop(s->sink->drops, YK_DROP_bad_schema);
}

static void begin_object(struct state *s, const char *const *attributes)
{
    s->object = yk_onvif_no_object;
    s->object.named = track_of(attributes, &s->object.track);
    s->object.has_parent = attribute(attributes, "Parent") || attribute(attributes, "ParentUUID");
}

static void read_box(struct state *s, const char *const *attributes)
{
    struct yk_onvif_object *object = &s->object;
    bool good = read_number(attributes, "left", &object->left) && read_number(attributes, "top", &object->top) &&
                read_number(attributes, "right", &object->right) && read_number(attributes, "bottom", &object->bottom);
    object->good_box = good && (!object->has_shape || object->good_box);
    object->has_shape = true;
}

/* Of the frame, or of an appearance inside it. A scale that is none makes a box that is none. */
static void read_transformation(struct state *s, enum element element, const char *const *attributes)
{
    enum element outer = above(s, 2);
    struct yk_onvif_transformation *to = outer == FRAME        ? &s->frame.transformation
                                         : outer == APPEARANCE ? &s->object.own
                                                               : NULL;
    if (!to || parent(s) != TRANSFORMATION)
        return;
    double *x = element == SCALE ? &to->scale_x : &to->translate_x;
    double *y = element == SCALE ? &to->scale_y : &to->translate_y;
    if (read_number(attributes, "x", x) && read_number(attributes, "y", y))
        return;
    if (outer == FRAME && s->frame.taken) {
        yk_drop(s->sink->drops, YK_DROP_bad_schema);
        s->frame.taken = false;
    } else if (outer == APPEARANCE) {
        s->object.has_shape = true;
        s->object.good_box = false;
    }
}

static void begin_node(struct state *s, enum element element, const char *const *attributes)
{
    s->node.from.count = s->node.to.count = 0;
    s->node.bad = false;
    s->node.kind = element == RENAME  ? YK_ONVIF_RENAME
                   : element == SPLIT ? YK_ONVIF_SPLIT
                   : element == MERGE ? YK_ONVIF_MERGE
                                      : YK_ONVIF_DELETE;
    if (element == DELETE) {
        uint64_t track = 0;
        enum yk_track_name named = track_of(attributes, &track);
        yk_onvif_node_name(&s->node, &s->node.from, named, track);
    }
}

static void begin_event(struct state *s, const char *const *attributes)
{
    const char *utc = attribute(attributes, "UtcTime"), *operation = attribute(attributes, "PropertyOperation");
    if (!utc)
        return; /* the envelope of the same name */
    s->in_event = true;
    s->event = (struct yk_onvif_event){.topic = s->topic};
    s->utc.length = 0;
    keep_text(&s->utc, utc, strlen(utc));
    if (operation)
        yk_onvif_event_operation(&s->event, operation, strlen(operation));
}

static void read_item(struct state *s, const char *const *attributes)
{
    const char *name = attribute(attributes, "Name"), *value = attribute(attributes, "Value");
    enum element in = parent(s);
    if (s->in_event && name && value && (in == SOURCE || in == KEY || in == DATA))
        yk_onvif_event_item(&s->event, name, value, strlen(value));
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct state *s = (struct state *)context;
    enum element element = element_of(name);
    s->heard = true;
    if (s->given_up || s->status != YK_OK)
        return;
    if (s->depth == DEPTH_MAX || (element == METADATA_STREAM && is_within(s, METADATA_STREAM))) {
        give_up(s, YK_DROP_bad_xml);
        return;
    }
    s->path[s->depth++] = element;
    s->text.length = 0;
    if (element <= FRAME)
        s->known = true;
    switch (element) {
    case FRAME:
        begin_frame(s, attributes);
        break;
    case TRANSLATE:
    case SCALE:
        read_transformation(s, element, attributes);
        break;
    case OBJECT:
        if (parent(s) == FRAME)
            begin_object(s, attributes);
        break;
    case BOUNDING_BOX:
        if (parent(s) == SHAPE && above(s, 2) == APPEARANCE)
            read_box(s, attributes);
        break;
    case CLASS_CANDIDATE:
        s->class.length = 0;
        s->likelihood = 1;
        break;
    case TYPE:
        if (parent(s) == CLASS && !read_number(attributes, "Likelihood", &s->likelihood))
            s->likelihood = 1;
        break;
    case REMOVED:
        s->object.removed = s->object.removed || parent(s) == BEHAVIOUR;
        break;
    case RENAME:
    case SPLIT:
    case MERGE:
    case DELETE:
        if (parent(s) == OBJECT_TREE)
            begin_node(s, element, attributes);
        break;
    case FROM:
    case TO:
        if (!s->node.bad) {
            uint64_t track = 0;
            enum yk_track_name named = track_of(attributes, &track);
            yk_onvif_node_name(&s->node, element == FROM ? &s->node.from : &s->node.to, named, track);
        }
        break;
    case NOTIFICATION:
        s->topic = YK_ONVIF_UNTOLD;
        break;
    case MESSAGE:
        begin_event(s, attributes);
        break;
    case SIMPLE_ITEM:
        read_item(s, attributes);
        break;
    default:
        break;
    }
}

static void take_class(struct state *s)
{
    trim(&s->text);
    if (parent(s) == CLASS && above(s, 2) == APPEARANCE)
        yk_onvif_object_class(&s->object, s->text.bytes, s->text.length, s->likelihood);
    else if (parent(s) == CLASS_CANDIDATE)
        s->class = s->text;
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct state *s = (struct state *)context;
    (void)name;
    s->heard = true;
    if (s->given_up || s->status != YK_OK)
        return;
    enum element element = s->path[s->depth - 1];
    switch (element) {
    case FRAME:
        s->status = yk_onvif_frame_tell(&s->frame, s->sink, s->err);
        break;
    case OBJECT:
        if (parent(s) == FRAME)
            yk_onvif_frame_object(&s->frame, &s->object, s->sink->drops);
        break;
    case TYPE:
        take_class(s);
        break;
    case LIKELIHOOD:
        trim(&s->text);
        if (parent(s) == CLASS_CANDIDATE && !yk_decimal_parse(s->text.bytes, s->text.length, &s->likelihood))
            s->likelihood = 1;
        break;
    case CLASS_CANDIDATE:
        if (parent(s) == CLASS && above(s, 2) == APPEARANCE)
            yk_onvif_object_class(&s->object, s->class.bytes, s->class.length, s->likelihood);
        break;
    case RENAME:
    case SPLIT:
    case MERGE:
    case DELETE:
        if (parent(s) == OBJECT_TREE)
            yk_onvif_frame_node(&s->frame, &s->node, s->sink->drops);
        break;
    case TOPIC:
        if (parent(s) == NOTIFICATION) {
            trim(&s->text);
            s->topic = yk_onvif_topic(s->text.bytes, s->text.length);
        }
        break;
    case MESSAGE:
        if (s->in_event)
            s->status = yk_onvif_event_tell(&s->events, &s->event, s->utc.bytes, s->utc.length, s->sink, s->err);
        s->in_event = false;
        s->known = true;
        break;
    default:
        break;
    }
    s->depth--;
    s->text.length = 0;
    if (s->status != YK_OK)
        XML_StopParser(s->parser, XML_FALSE);
    else if (s->depth == 0)
        XML_StopParser(s->parser, XML_TRUE);
}

static void XMLCALL on_text(void *context, const char *bytes, int length)
{
    struct state *s = (struct state *)context;
    enum element in = s->depth ? s->path[s->depth - 1] : OTHER;
    s->heard = true;
    if (in == TYPE || in == LIKELIHOOD || in == TOPIC)
        keep_text(&s->text, bytes, (size_t)length);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    give_up((struct state *)context, YK_DROP_bad_xml);
}

/* --- documents --- */

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Does a document of ours begin with this tag? */
static bool is_root(const char *text, const char *end)
{
    const char *name = text + 1, *at = name;
    for (; at < end && !strchr(" \t\r\n/><", *at) && *at; at++)
        if (*at == ':')
            name = at + 1;
    for (int i = 0; i <= FRAME; i++)
        if (strlen(element_names[i]) == (size_t)(at - name) && memcmp(name, element_names[i], (size_t)(at - name)) == 0)
            return true;
    return false;
}

/* Where the next document begins, or NULL. */
static const char *find_document(const struct state *s, const char *text, const char *end)
{
    while ((text = (const char *)memchr(text, '<', (size_t)(end - text))) && end - text > 1) {
        bool declared = end - text > 5 && memcmp(text, "<?xml", 5) == 0;
        if (declared || (is_name_start(text[1]) && (!s->lost || is_root(text, end))))
            return text;
        text++;
    }
    return NULL;
}

/* What may stand between documents: nothing, a boundary, a header. */
static bool is_between(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    if (i == length || (length - i > 1 && text[i] == '-' && text[i + 1] == '-'))
        return true;
    size_t first = i;
    while (i < length && (is_name_start(text[i]) || text[i] == '-'))
        i++;
    return i > first && i < length && text[i] == ':';
}

static void begin_document(struct state *s)
{
    XML_ParserReset(s->parser, NULL);
    XML_SetUserData(s->parser, s);
    XML_SetElementHandler(s->parser, on_start, on_end);
    XML_SetCharacterDataHandler(s->parser, on_text);
    XML_SetStartDoctypeDeclHandler(s->parser, on_doctype);
    s->open = true;
    s->known = s->in_event = s->given_up = false;
    s->fed = s->mute = s->depth = 0;
    s->topic = YK_ONVIF_UNTOLD;
    s->frame.taken = false;
    s->object = yk_onvif_no_object;
    s->node.bad = true;
    s->text.length = s->class.length = 0;
}

static void end_document(struct state *s)
{
    s->open = s->lost = s->again = false;
    if (!s->known)
        yk_drop(s->sink->drops, YK_DROP_bad_schema);
}

static void lose_document(struct state *s, enum yk_drop reason)
{
    s->open = false;
    s->lost = true;
    if (!s->again)
        yk_drop(s->sink->drops, reason);
}

/* Reads up to the document's end, the text's, or where it is broken; returns where that is. */
static const char *read_document(struct state *s, const char *text, const char *end)
{
    while (text < end && s->open && s->status == YK_OK) {
        int piece = end - text > PIECE_MAX ? PIECE_MAX : (int)(end - text);
        s->heard = false;
        s->reason = YK_DROP_bad_xml;
        enum XML_Status parsed = XML_Parse(s->parser, text, piece, XML_FALSE);
        s->mute = s->heard ? 0 : s->mute + (size_t)piece;
        if (parsed == XML_STATUS_OK && s->mute <= TAG_MAX) {
            s->fed += (size_t)piece;
            text += piece;
            continue;
        }
        /* Where the parser stands, as an offset in this piece. */
        long long index = (long long)XML_GetCurrentByteIndex(s->parser) - (long long)s->fed;
        if (parsed == XML_STATUS_SUSPENDED) {
            index += XML_GetCurrentByteCount(s->parser);
            end_document(s);
        } else if (s->status == YK_OK) {
            lose_document(s, parsed == XML_STATUS_OK ? YK_DROP_too_long : s->reason);
            index = parsed == XML_STATUS_OK ? piece : index + 1;
        }
        return text + (index < 0 ? 0 : index > piece ? piece : index);
    }
    return text;
}

static enum yk_status record(void *context, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    static const char line_end[] = "\n";
    struct state *s = (struct state *)context;
    const char *at = text, *end = text + length;
    bool live = sink->arrived_us != 0, continued = s->open;
    int broken = 0;
    s->sink = sink;
    s->err = err;
    s->status = YK_OK;
    s->again = false;
    if (!s->open && !s->lost && !find_document(s, text, end)) {
        if (!is_between(text, length))
            yk_drop(sink->drops, YK_DROP_bad_xml);
        return YK_OK;
    }
    while (at < end && s->status == YK_OK && broken < BROKEN_MAX) {
        if (!s->open) {
            const char *beginning = find_document(s, at, end);
            if (!beginning)
                break;
            at = beginning;
            begin_document(s);
        }
        at = read_document(s, at, end);
        broken += s->lost;
        if (continued && s->lost) { /* the line may be the next document's */
            at = text;
            s->again = true;
        }
        continued = continued && s->open;
    }
    if (s->open && live && s->status == YK_OK)
        lose_document(s, YK_DROP_bad_xml);
    else if (s->open && s->status == YK_OK)
        (void)read_document(s, line_end, line_end + 1);
    if (live)
        s->lost = false;
    return s->status;
}

static enum yk_status end_of_input(void *context, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct state *s = (struct state *)context;
    (void)err;
    s->sink = sink;
    if (s->open)
        lose_document(s, YK_DROP_bad_xml);
    return YK_OK;
}

/* --- the dialect --- */

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static bool guess(const char *text, size_t length)
{
    return memchr(text, '<', length) &&
           (contains(text, length, "MetadataStream") || contains(text, length, "NotificationMessage") ||
            contains(text, length, "www.onvif.org/ver10/schema"));
}

static void close_state(void *context)
{
    struct state *s = (struct state *)context;
    if (s->parser)
        XML_ParserFree(s->parser);
    free(s);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **out, struct yk_error *err)
{
    (void)options;
    struct state *s = (struct state *)calloc(1, sizeof *s);
    *out = s;
    if (s)
        s->parser = XML_ParserCreate(NULL);
    if (!s || !s->parser) {
        free(s);
        *out = NULL;
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the ONVIF decoder");
    }
    s->events.order.sparse = s->frame.order.sparse = true;
    return YK_OK;
}

const struct yk_camera_dialect yk_camera_onvif_xml = {
    .name = "onvif_xml",
    .summary = "ONVIF metadata and events as XML (MetadataStream, NotificationMessage)",
    .dated = true,
    .whole = true,
    .normalised = true,
    .pace = YK_PACE_EVENTS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
