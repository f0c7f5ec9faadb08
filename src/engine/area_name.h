/* area_name.h -- inside the engine's area files: the snapshot of all names that area_in_text looks through, and the mark
 * that makes every process load it again. Threading: any. */
#ifndef WUXING_ENGINE_AREA_NAME_H
#define WUXING_ENGINE_AREA_NAME_H

#include "engine/area.h"

void area_names_changed(struct tx *);              /* in the write that changed a name */
struct str like_pattern(struct arena *, struct str part);      /* %part% with its own % _ ! escaped by ! */

#endif
