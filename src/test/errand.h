/* errand.h -- a small kind of matter for tests of the engine: somebody is asked to fetch something.
 *
 *   asked --take--> doing --finish--> finished --again--> doing
 *     |               |  \--wait--> waiting --go_on--> doing
 *     \---refuse------+--> refused
 *
 * `asked` is late after errand.take (30 minutes by the test's rule override) and supervised. */
#ifndef WUXING_TEST_ERRAND_H
#define WUXING_TEST_ERRAND_H

#include "engine/module.h"

extern const struct module *const errand_modules[];
extern const struct kind errand_kind;
extern int errand_told;                      /* how often the subscription was told of a finished errand */

/* Opens one at the place, owned by its community; the id. */
int64_t errand_open(struct tx *, const struct who *, struct place, const char *title);

#endif
