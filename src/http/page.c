/* page.c -- the common head of list pages; see route.h. */
#include "http/route.h"

const struct field page_query[] = {
    FIELD(struct page, after, TEXT, .label = L("起点", "After"), .max = 80),
    FIELD(struct page, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

int64_t page_limit(const struct page *page)
{
    return page->limit ? page->limit : 50;
}
