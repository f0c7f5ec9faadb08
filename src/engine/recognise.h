/* recognise.h -- speech into text, behind a port: a recogniser is a plug-in that an office may add; none is shipped, and what one
 * says is a suggestion beside the recording, never an order by itself (PRACTICE.md 14: off by default).
 * Threading: `hear` is called on workers, may be slow, and must be safe from several at once. Memory: texts in the arena. */
#ifndef WUXING_ENGINE_RECOGNISE_H
#define WUXING_ENGINE_RECOGNISE_H

#include "base/arena.h"

struct recogniser {
    const char *name;                  /* "null": none */
    /* `type` is audio/wav, audio/amr ... False when it heard nothing it is sure of. */
    bool (*hear)(const struct recogniser *, struct arena *, struct str audio, struct str type, struct str *ret_text);
};
const struct recogniser *recogniser_of(void);          /* never NULL: the null one hears nothing */
void recogniser_use(const struct recogniser *);        /* before threads; NULL: the null one again */

#endif
