/* refusal.h -- the reasons why a spreadsheet or a picture is not taken, as an enum that crosses the jail's
 * pipe.
 * Decoders return one (REFUSE_NONE is success) and leave their `ret_` untouched otherwise; the caller
 * outside the jail turns it into a fault. Memory: literals. Threading: constants. */
#ifndef WUXING_ENGINE_OFFICE_REFUSAL_H
#define WUXING_ENGINE_OFFICE_REFUSAL_H

#include "base/fault.h"

enum refusal {
    REFUSE_NONE,
#define X(name, err, zh, en) REFUSE_##name,
#include "engine/office/refusal.def"
#undef X
    REFUSE_COUNT
};

enum err refusal_err(enum refusal);
struct label refusal_label(enum refusal);
/* Sets the fault of a refusal and returns false; true and nothing else for REFUSE_NONE. */
bool refusal_fault(enum refusal, struct fault *);

#endif
