/* code.h -- short codes that stand for a row: the resident's tracking code and the code of a unit door's QR.
 * 12 characters in three groups (XXXX-XXXX-XXXX), Crockford's base32 (no I L O U, letters of any case, O read as 0, I and
 * L as 1): 30 bits of the id behind a keyed permutation, so that the codes tell nothing of how many there are, then 30
 * bits of a keyed MAC, so that one guess in 10^9 names a row. Nothing is stored (doc/why/numbers.md).
 * Units: ids 1 .. 2^30-1. Memory: the caller's arena. Threading: any. */
#ifndef WUXING_ENGINE_CODE_H
#define WUXING_ENGINE_CODE_H

#include "engine/keys.h"

#define CODE_ID_MAX (((int64_t)1 << 30) - 1)

struct str code_make(const struct keys *, struct arena *, enum key_purpose, int64_t id);
bool code_read(const struct keys *, enum key_purpose, struct str text, int64_t *ret_id) MUST_USE;

#endif
