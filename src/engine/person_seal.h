/* person_seal.h -- inside the engine's personal data (person, reporter, erasure): how a column is sealed and looked up.
 * Values: sealed columns are NULL for the empty text. Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_PERSON_SEAL_H
#define WUXING_ENGINE_PERSON_SEAL_H

#include "engine/engine.h"

struct in sealed_in(struct tx *, const char *noun, int64_t id, const char *field, struct str clear);
struct str sealed_out(struct tx *, const char *noun, int64_t id, const char *field, struct blob sealed);
struct in blind_in(struct tx *, const char *what, struct str normalised);
struct str last_four(struct str);                              /* empty when the text has no more than four bytes */
struct str phone_or_text(struct tx *, struct str phone);       /* normalised where it is a telephone number */
bool reason_given(struct tx *, struct str reason);             /* at least 4 characters, else INVALID at `reason` */

#endif
