/* query.c -- an address as it comes: path and query, the language asked for, and the way to a route.
 * This exercises: percent_decode, pair_next, form_pairs with a query table (src/http/form.c), tree_find (src/http/tree.c),
 * lang_of. Held: what percent_encode writes is read back; a found id is positive. */
#include "http/http.h"

#include <stdlib.h>

static const struct route routes[] = {
    { GET, "/matters", R_ANY, .about = L("", "") }, { GET, "/matters/{id}", R_ANY, .about = L("", "") },
    { POST, "/matters/{id}/{verb}", R_ANY, .about = L("", "") }, { POST, "/matters/{id}/files", R_ANY, .about = L("", "") },
    { GET, "/a/{x}/{y}/{z}", R_ANY, .about = L("", "") }, { GET, "/figures/{name}/rows", R_ANY, .about = L("", "") }, {0} };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = { (const char *)data, n }, back;
    struct arena arena;
    struct fault fault = { 0 };
    struct list_query query = { 0 };
    struct found found;
    size_t mark = str_find(text, S("?"));
    arena_init(&arena, 0);
    struct tree *tree = tree_new(&arena);
    for (const struct route *r = routes; r->path; r++)
        if (!tree_add(tree, str_of(r->path), r))
            abort();
    for (int m = GET; m < METHODS; m++) {
        tree_find(tree, &arena, str_head(text, mark), (enum method)m, &found);
        if (found.route && found.id < 0)
            abort();
    }
    form_pairs(str_from(text, mark + 1), matter_list_query, &query, true, &arena, &fault);
    lang_of(query_value(&arena, str_from(text, mark + 1), "lang"), text);
    if (!percent_decode(&arena, percent_encode(&arena, text), true, &back) || !str_eq(back, text))
        abort();
    arena_free(&arena);
    return 0;
}
