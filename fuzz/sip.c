/* sip.c -- SIP messages from a stream.
 * This exercises: where a message ends, libosip2's reading of headers, Via, digests and challenges, and answers, which must be
 * read again as what they are. */
#include "gateways/sip.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static bool started;
    struct str message = { (const char *)bytes, n };
    struct arena arena_scoped a;
    struct sip s, again;
    if (!started)
        sip_start();
    started = true;
    arena_init(&a, 0);
    long frame = sip_frame(message);
    assert(frame >= -1 && frame <= (long)n);
    if (!sip_read(&a, message, &s))
        return 0;
    assert(s.via_count > 0 && s.body.n <= n);
    sip_knows(&a, &s, "wuxing", S("secret"));
    struct str answer = sip_answer(&a, &s, S("127.0.0.1:5060"), 200, "OK", S(""), S("text/plain"), S("x"));
    if (sip_read(&a, answer, &again))
        assert(again.status == 200 && again.cseq == s.cseq);
    sip_credentials(&a, &s, S("MESSAGE"), S("sip:a"), S("u"), S("p"), S("c"));
    return 0;
}
