/* markup.h -- the only way XML and HTML are written: elements, attributes and escaped text, closed by the
 * writer.
 * `html` knows void elements (<br>) and writes the others with an end tag even when empty; XML writes
 * <a/>.
 * Names are literals of ours; every value is escaped, and characters XML cannot hold are dropped.
 * Memory: output grows in the arena; past its cap it becomes "" and arena.over is set. Wrong nesting
 * asserts.
 * Threading: one thread. */
#ifndef WUXING_ENGINE_OFFICE_MARKUP_H
#define WUXING_ENGINE_OFFICE_MARKUP_H

#include "base/arena.h"

enum { MARKUP_DEPTH_MAX = 32 };
struct markup {
    struct buf out;
    bool html, in_tag;
    int depth;
    const char *open[MARKUP_DEPTH_MAX];
};

struct markup markup_xml(struct arena *);                          /* with the XML declaration */
struct markup markup_html(struct arena *);                         /* with <!DOCTYPE html> */
struct markup markup_part(struct arena *, bool html);              /* with nothing before it */
void markup_open(struct markup *, const char *name);
void markup_attr(struct markup *, const char *name, struct str value);
void markup_attr_int(struct markup *, const char *name, int64_t value);
void markup_text(struct markup *, struct str);
void markup_close(struct markup *);                                /* the innermost open element */
void markup_leaf(struct markup *, const char *name, struct str text);    /* <name>text</name> */
void markup_raw(struct markup *, struct str);                      /* markup that was built by this writer, or our own CSS */
struct str markup_done(struct markup *);                           /* asserts that all is closed */

#endif
