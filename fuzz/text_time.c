/* text_time.c -- the time that a Chinese sentence promises.
 * This exercises: every phrase reader at every character, numbers, dates and weeks around the year's end; that what is found is
 * a part of the text and lies within a few years of now. */
#include "engine/text_time.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const ms nows[] = { 1795395600000, 1798727399000, 1709136000000 };      /* a Monday, New Year's Eve, 28 February */
    struct str text = { (const char *)bytes, n };
    struct text_time t;
    if (!str_utf8_ok(text))
        return 0;
    for (size_t i = 0; i < COUNT(nows); i++) {
        if (!text_time(text, nows[i], NULL, NULL, &t))
            continue;
        assert(t.phrase.n > 0 && t.phrase.p >= text.p && t.phrase.p + t.phrase.n <= text.p + text.n);
        assert(t.at > nows[i] - DAYS(40) && t.at < nows[i] + DAYS(366) * 9);
    }
    return 0;
}
