/* open311_form.c -- an Open311 request as it is posted, and the errors it earns in XML and JSON.
 * This exercises: open311_form and open311_fault (src/http/open311.c), the writer's escapes (open311_write.c). Held: what
 * is answered is UTF-8 and, in XML, has no raw `<` of the caller's. */
#include "http/open311_write.h"

#include <stdlib.h>

static void explain(struct work *w, const char *path)
{
    w->path = str_of(path);
    open311_fault(w);
    if (!str_utf8_ok(w->answer.body) || (str_ends(w->path, S(".xml")) && str_has(w->answer.body, S("<script"))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct work w;
    w = (struct work){ 0 };
    arena_init(&w.arena, 0);
    void *to = arena_alloc(&w.arena, open311_form_bytes());
    if (!open311_form((struct str){ (const char *)data, n }, &w.arena, &w.fault, to)) {
        explain(&w, "/open311/v2/requests.xml");
        explain(&w, "/open311/v2/requests.json");
    }
    arena_free(&w.arena);
    return 0;
}
