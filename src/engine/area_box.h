/* area_box.h -- inside the engine's area files: which boundaries' bounding boxes hold a point, the finest level first, then
 * by id. Memory: `ret_hits` is the caller's. Threading: any. */
#ifndef WUXING_ENGINE_AREA_BOX_H
#define WUXING_ENGINE_AREA_BOX_H

#include "engine/area.h"

enum { BOX_HITS_MAX = 256 };
struct box_hit { int64_t area; ms valid_from; int level; };

/* Of the administrative tree, as it is now; more than BOX_HITS_MAX: the finest. */
int boxes_at(struct tx *, int64_t lat, int64_t lon, struct box_hit ret_hits[BOX_HITS_MAX]);
int boxes_at_time(struct tx *, int64_t lat, int64_t lon, ms at, struct box_hit ret_hits[BOX_HITS_MAX]);
int boxes_of_layer(struct tx *, const char *layer, int64_t lat, int64_t lon, struct box_hit ret_hits[BOX_HITS_MAX]);
void boxes_changed(struct tx *);                   /* in the write that changed a boundary */

#endif
