/* page.c -- what list pages and papers share: the common head of a list's query, moments asked by people, escapes. */
#include "http/http.h"

const struct field page_query[] = {
    FIELD(struct page, after, TEXT, .label = L("起点", "After"), .max = 80),
    FIELD(struct page, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

int64_t page_limit(const struct page *page)
{
    return page->limit ? page->limit : 50;
}

ms when_of(struct tx *tx, const char *field, struct str text, bool is_end)
{
    ms at = 0;
    int day = 0;
    if (text.n == 0 || ms_from_rfc3339(text, &at))
        return at;
    if (day_from_text(text, &day))
        return day_number_ms(day) + (is_end ? DAYS(1) : 0);
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_DATE, .label = L("时间", "Time") });
    return 0;
}

void escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '&')
            buf_put(b, S("&amp;"));
        else if (c == '<')
            buf_put(b, S("&lt;"));
        else if (c == '>')
            buf_put(b, S("&gt;"));
        else if (c == '"')
            buf_put(b, S("&quot;"));
        else if ((unsigned char)c >= 0x20 || c == '\n' || c == '\t')
            buf_char(b, c);                               /* XML 1.0 has no other control characters */
    }
}
