/* order.h -- 订单: an elder wants a meal, cleaning, or says into the device what to buy. Opened by a device's signal (meal, cleaning,
 * voice) or by hand; a provider accepts, delivers, and somebody else confirms with the elder.
 *
 *   asked --accept--> accepted --deliver--> delivered --confirm--> confirmed
 *   ^ |  \______________|                     |
 *   | refuse          reassign                not_received --> accepted           any unfinished --cancel--> cancelled
 *
 * Providers are organisations of the kinds that rules/orders.yaml names, the nearest first; who refuses is not asked again, and when
 * nobody is left the street has the order. Clocks are the type's own (rules/limits.yaml order.accept/meal ...): the matter's
 * category is the type. A voice order cannot be accepted before a human has written down what the recording says; the usual
 * basket of the last orders stands beside it. */
#ifndef WUXING_MODULES_ORDER_ORDER_H
#define WUXING_MODULES_ORDER_ORDER_H

#include "engine/device.h"
#include "engine/figure.h"
#include "engine/matter_view.h"
#include "engine/org.h"
#include "http/route.h"

enum { ORDER_DESK = R(LEADER) | R(CLERK) | R(DUTY) | R(COMMUNITY) | R(GRID), ORDER_PROVIDERS_MAX = 50, ORDER_ITEMS_MAX = 60 };
enum order_state { ORDER_ASKED, ORDER_ACCEPTED, ORDER_DELIVERED, ORDER_CONFIRMED, ORDER_CANCELLED };

struct order_row {
    int64_t id, person, device, signal, provider, source, heard_by, satisfied, refusals;
    struct str type, confirmed_by;
    ms heard_at, accepted_at, eta_at, delivered_at, confirmed_at;
};
bool order_get(struct tx *, int64_t id, struct order_row *ret_row);
extern const struct kind order_kind;
extern const struct choice order_types[];

struct order_item { struct has has; struct str name, unit; int64_t amount; };
extern const struct field order_item_rows[];

/* open.c */
struct order_new {
    struct str type, text;
    struct place place;
    struct str address;
    int64_t person, device, signal, source, provider;
    struct str channel;
};
int64_t order_open(struct tx *, const struct who *, const struct order_new *);
int64_t order_signal(struct tx *, const struct device *, const struct signal *);
extern const struct field order_form[];
struct order_form { struct has has; struct str type, text, channel; int64_t area, person, source, provider; struct list items; };
void order_post_apply(struct req *);
void order_post_show(struct req *);
void order_put_items(struct tx *, int64_t id, const struct list *items);

/* providers.c */
int order_providers(struct tx *, struct str type, struct place, struct org *ret_orgs, int max);
int64_t order_next_provider(struct tx *, int64_t order, struct str type, struct place);     /* who has not refused; 0: none is left */
void order_refused(struct tx *, int64_t order, int64_t org, struct str reason);
extern const struct field order_provider_query[];
struct provider_query { struct has has; struct str type; int64_t area; };
void order_providers_show(struct req *);

/* show.c */
void order_show(struct tx *, const struct who *, int64_t id, struct json *);
void order_heard_show(struct req *);
void order_recording_show(struct req *);

extern const struct figure order_figures[];

#endif
