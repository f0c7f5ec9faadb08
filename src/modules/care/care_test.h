/* care_test.h -- inside the module's tests: an elder of 梧桐街道 with a key, a family and a key-holder, and signals of devices.
 * Nobody here is real. Memory: w->arena. */
#ifndef WUXING_MODULES_CARE_TEST_H
#define WUXING_MODULES_CARE_TEST_H

#include "engine/device.h"
#include "engine/ring.h"
#include "test/world.h"

struct told { const char *account, *kind, *sequence, *data; ms at; int64_t id; };

static inline void care_tell_write(struct tx *tx, void *arg)
{
    struct told *t = arg;
    bool is_new = false;
    struct signal_in in = { .protocol = S("http"), .account = str_of(t->account), .kind = str_of(t->kind), .sequence = str_of(t->sequence),
                            .data = str_of(t->data), .raw = S("{}"), .at = t->at ? t->at : tx->now, .device_at = tx->now - SECONDS(2) };
    t->id = signal_put(tx, &in, &is_new);
}

/* A device tells something; the engine's next turn hands it on. */
static inline void care_tell(struct world *w, const char *account, const char *kind, const char *sequence)
{
    struct told t = { .account = account, .kind = kind, .sequence = sequence, .data = "{}" };
    world_write(w, care_tell_write, &t, NULL);
    world_turn(w);
}

static inline struct answer care_see(struct world *w, const struct who *who, int64_t id)
{
    return world_get(w, who, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
}

static inline struct str care_state(struct world *w, int64_t id)
{
    struct answer a = care_see(w, &w->clerk, id);
    return answer_str(w, &a, "state");
}

static inline int64_t care_elder(struct world *w, const char *name, const char *rest)
{
    struct str body = arena_format(&w->arena, "{\"name\":\"%s\",\"area\":%lld,\"living\":\"alone\",\"phone\":\"13800009001\","
        "\"spoken\":\"桂花路与梧桐路口向北，桂花路1号院1单元302\"%s}", name, (long long)w->unit, rest);
    struct answer a = world_post(w, &w->clerk, "/elders", body.p);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    a = world_call(w, &w->clerk, PUT, arena_format(&w->arena, "/elders/%lld/contacts", (long long)id).p,
        "{\"contacts\":[{\"kind\":\"keyholder\",\"name\":\"持钥甲\",\"phone\":\"13800009002\",\"has_key\":true},"
        "{\"kind\":\"family\",\"name\":\"家属乙\",\"phone\":\"13800009003\",\"relation\":\"女儿\"}]}");
    CHECK_INT(a.status, 200);
    return id;
}

static inline int64_t care_device(struct world *w, const char *account, int64_t elder, int interval_s, const char *vendor)
{
    struct str body = arena_format(&w->arena, "{\"kind\":\"button\",\"vendor\":\"%s\",\"protocol\":\"http\",\"account\":\"%s\",\"person\":%lld,"
                                   "\"interval_s\":%d}", vendor, account, (long long)elder, interval_s);
    if (!elder)
        body = arena_format(&w->arena, "{\"kind\":\"button\",\"vendor\":\"%s\",\"protocol\":\"http\",\"account\":\"%s\",\"area\":%lld,"
                            "\"interval_s\":%d}", vendor, account, (long long)w->unit, interval_s);
    struct answer a = world_post(w, &w->clerk, "/devices", body.p);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

static inline int care_consent(struct world *w, int64_t elder, const char *scope)
{
    struct str body = arena_format(&w->arena, "{\"scope\":\"%s\",\"given_by\":\"elder\",\"name\":\"演示老人\"}", scope);
    return world_post(w, &w->clerk, arena_format(&w->arena, "/elders/%lld/consents", (long long)elder).p, body.p).status;
}

/* The one open alarm; CHECKs that it is the only one. */
static inline int64_t care_alarm_now(struct world *w)
{
    struct answer a = world_get(w, &w->clerk, "/alarms");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    return answer_int(w, &a, "items.0.id");
}

#endif
