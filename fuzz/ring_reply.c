/* ring_reply.c -- what a telephone gateway answers, and templates of its requests.
 * This exercises: replies that are no JSON, outcomes that are none, receipts' tokens, braces of all kinds. */
#include "gateways/ring_http.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct ring_word words[] = { { "number", { "138", 3 } }, { "text", { "\"\n&", 3 } }, { 0 } };
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str in = { (const char *)bytes, n }, out;
    enum ring_result result = ring_http_reply(in);
    assert(result == RING_OPEN || (result >= RING_RANG && result <= RING_FAILED));
    if (ring_http_fill(&a, in, words, &out))
        assert(out.n <= 12 * in.n);
    return 0;
}
