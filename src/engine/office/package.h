/* package.h -- makes a zip file in memory, as .docx wants it: parts in the order given, deflated, fixed
 * times, so that the same parts give the same bytes. Memory: parts must live until package_done; the
 * result is in the arena.
 * Faults: none; "" when libzip fails or the arena is full. Threading: one thread. */
#ifndef WUXING_ENGINE_OFFICE_PACKAGE_H
#define WUXING_ENGINE_OFFICE_PACKAGE_H

#include "base/arena.h"

struct zip;
struct zip_source;
struct package {
    struct arena *arena;
    struct zip *zip;
    struct zip_source *target;
};

struct package package_begin(struct arena *);
void package_add(struct package *, const char *path, struct str bytes);
struct str package_done(struct package *);

#endif
