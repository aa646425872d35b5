/* Frames of ONVIF's scene description, whether they come as XML or as JSON. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * (ONVIF Analytics Service Specification, scene description; metadatastream.xsd.)
 *
 * Coordinates. A frame is -1 to 1 in both directions, x to the right and y UP. A transformation says how what follows is
 * to be brought there: p' = scale * p + translate; an object's appearance may have one of its own inside the frame's. What
 * leaves here is parts of the picture with y down: x = (p'x + 1) / 2, y = (1 - p'y) / 2. The foot is the middle of the
 * edge that is lower in the picture: makers whose y goes down call that edge `bottom` or `top`.
 *
 * Persons. A class is optional, and may come with some of an object's frames only. The likeliest class decides; an object
 * without one counts, unless it is told to be part of another (Parent) or the place where something was (Removed). An object
 * without a shape is one that the camera infers and does not see: it is passed over.
 *
 * The object tree. Rename: the track goes on under the new name. Split: if `From` is not among the `To`, it goes on as the
 * first of them; the others are new. Merge: if `To` is not among the `From`, the first of them goes on as it; the others end.
 * Delete: the track ends, after what this frame says of it.
 *
 * Bounds: YK_ONVIF_OBJECTS_MAX persons and YK_ONVIF_CHANGES_MAX changes a frame, YK_ONVIF_NODE_MAX names on a side of a split
 * or merge; what is beyond is counted, as table_full or, of names, bad_schema. Allocated once. */
#ifndef YK_DECODE_ONVIF_FRAME_H
#define YK_DECODE_ONVIF_FRAME_H

#include "decode/camera_record.h"
#include "decode/message_order.h"
#include "decode/track_number.h"

#define YK_ONVIF_OBJECTS_MAX 1024
#define YK_ONVIF_CHANGES_MAX 256 /* and as many ends */
#define YK_ONVIF_NODE_MAX    64

struct yk_onvif_transformation {
    double scale_x, scale_y, translate_x, translate_y;
};
extern const struct yk_onvif_transformation yk_onvif_untransformed;

struct yk_onvif_object {
    enum yk_track_name named;
    uint64_t track; /* if named */
    struct yk_onvif_transformation own;
    bool has_shape;                  /* a bounding box is told */
    bool good_box;                   /* and its edges are numbers */
    double left, top, right, bottom; /* as told */
    bool has_class, is_person;
    double likelihood; /* of the class so far */
    bool has_parent, removed;
};
extern const struct yk_onvif_object yk_onvif_no_object;

/* One more class that the object may have. */
void yk_onvif_object_class(struct yk_onvif_object *object, const char *name, size_t length, double likelihood);

/* One entry of the object tree. */
struct yk_onvif_node {
    enum { YK_ONVIF_RENAME, YK_ONVIF_SPLIT, YK_ONVIF_MERGE, YK_ONVIF_DELETE } kind;
    struct yk_onvif_names {
        uint64_t names[YK_ONVIF_NODE_MAX];
        size_t count;
    } from, to; /* deleted: from */
    bool bad;   /* a name that is none, or one too many */
};
void yk_onvif_node_name(struct yk_onvif_node *node, struct yk_onvif_names *side, enum yk_track_name named,
                        uint64_t name);

struct yk_onvif_frame {
    struct yk_message_order order;
    bool taken; /* begun, and in the order of time */
    int64_t time_us;
    struct yk_onvif_transformation transformation;
    struct yk_track_sample samples[YK_ONVIF_OBJECTS_MAX];
    struct yk_track_change changes[YK_ONVIF_CHANGES_MAX]; /* before the samples */
    struct yk_track_change ends[YK_ONVIF_CHANGES_MAX];    /* after them */
    size_t sample_count, change_count, end_count;
};

/* Its time is UTC, with or without an offset that says so. False if the frame is dropped (and counted): then what else is
 * said of it is passed over. */
bool yk_onvif_frame_begin(struct yk_onvif_frame *frame, const char *utc, size_t length,
                          const struct yk_camera_sink *sink);
void yk_onvif_frame_object(struct yk_onvif_frame *frame, const struct yk_onvif_object *object, struct yk_drops *drops);
void yk_onvif_frame_node(struct yk_onvif_frame *frame, const struct yk_onvif_node *node, struct yk_drops *drops);
enum yk_status yk_onvif_frame_tell(struct yk_onvif_frame *frame, const struct yk_camera_sink *sink,
                                   struct yk_error *err) YK_MUST_CHECK;

/* "2021-10-05T15:13:27.321": UTC by its name; an offset is taken at its word. */
bool yk_onvif_time(const char *text, size_t length, int64_t *out_us);

#endif
