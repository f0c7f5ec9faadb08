/* motion.c -- batches of accelerometer samples.
 * This exercises: the batch's members and their refusals, repeated and continued batches, the detector on any numbers; that a
 * fall's signal is complete. */
#include "engine/motion.h"
#include "engine/rule.h"

#include <assert.h>
#include <stdatomic.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct engine engine;
    struct fault fault = { 0 };
    struct arena arena_scoped a;
    struct signal_in s = { 0 };
    if (!atomic_load(&engine.rules))
        atomic_store(&engine.rules, rules_load(&fault));
    struct motion *m = motion_new(&engine);
    arena_init(&a, 0);
    for (int i = 0; i < 2; i++) {
        fault_clear(&fault);
        int got = motion_take(m, &a, S("W1"), (struct str){ (const char *)bytes, n }, 1795395600000, &s, &fault);
        assert((got < 0) == (fault.code != ERR_OK));
        assert(got <= 0 || (str_is(s.kind, "fall") && s.sequence.n > 0 && s.sequence.n <= 100 && s.data.n < 4096));
    }
    motion_free(m);
    return 0;
}
