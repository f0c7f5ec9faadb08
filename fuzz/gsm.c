/* gsm.c -- what a GSM modem says.
 * This exercises: cutting lines (progress, bounds), calls and networks, and texts written from any words. */
#include "gateways/gsm.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena_scoped a;
    struct str all = { (const char *)bytes, n }, rest = all, text;
    struct gsm_pdu parts[GSM_TEXT_PARTS_MAX];
    enum gsm_line kind;
    enum gsm_call state;
    arena_init(&a, 0);
    for (size_t used; (used = gsm_next(rest, &kind, &text)) > 0; rest = str_from(rest, used)) {
        assert(used <= rest.n);
        gsm_call_state(text, &state);
        gsm_has_network(text);
    }
    if (str_utf8_ok(all)) {
        int count = gsm_text(&a, S("+8637100000001"), all, 1, parts);
        for (int i = 0; i < count; i++)
            assert(parts[i].bytes <= 176 && parts[i].hex.n == 2 * (size_t)parts[i].bytes + 2);
    }
    return 0;
}
