/* refusal.c -- see refusal.h. */
#include "engine/office/refusal.h"

#include <assert.h>

static const struct {
    enum err err;
    struct label label;
} refusals[] = {
    { ERR_OK, { "", "" } },
#define X(name, err, zh, en) { ERR_##err, { zh, en } },
#include "engine/office/refusal.def"
#undef X
};

enum err refusal_err(enum refusal why)
{
    assert(why < REFUSE_COUNT);
    return refusals[why].err;
}

struct label refusal_label(enum refusal why)
{
    assert(why < REFUSE_COUNT);
    return refusals[why].label;
}

bool refusal_fault(enum refusal why, struct fault *f)
{
    if (why == REFUSE_NONE)
        return true;
    struct label what = refusal_label(why);
    fault_set(f, refusal_err(why), what.zh, what.en);
    return false;
}
