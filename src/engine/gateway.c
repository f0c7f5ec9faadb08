/* gateway.c -- see gateway.h. The list is an array of slots in the engine; an empty slot is skipped. */
#include "engine/gateway.h"

#include <assert.h>
#include <stdatomic.h>

void gateway_add(struct engine *e, struct gateway *g)
{
    for (int i = 0; i < GATEWAYS_MAX; i++) {
        struct gateway *none = NULL;
        if (atomic_compare_exchange_strong(&e->gateways[i], &none, g))
            return;
    }
    assert(!"too many gateways");
}

void gateway_remove(struct engine *e, struct gateway *g)
{
    for (int i = 0; i < GATEWAYS_MAX; i++) {
        struct gateway *it = g;
        if (atomic_compare_exchange_strong(&e->gateways[i], &it, NULL))
            return;
    }
}

int gateway_list(struct engine *e, struct gateway *ret_list[GATEWAYS_MAX])
{
    int count = 0;
    for (int i = 0; i < GATEWAYS_MAX; i++) {
        struct gateway *g = atomic_load(&e->gateways[i]);
        if (g)
            ret_list[count++] = g;
    }
    return count;
}

void gateway_set_trouble(struct gateway *g, const struct gateway_trouble *trouble, ms now)
{
    if (atomic_load(&g->trouble) == trouble)
        return;
    atomic_store(&g->trouble_since, trouble ? now : 0);
    atomic_store(&g->trouble, trouble);
}
