/* report_test.h -- what the tests of reports share: opening one and walking it on. All names and numbers are
 * invented. */
#ifndef WUXING_MODULES_REPORT_TEST_H
#define WUXING_MODULES_REPORT_TEST_H

#include "modules/report/report.h"
#include "test/test.h"
#include "test/world.h"

#define LATER "2026-12-20T18:00:00+08:00"

static inline struct answer opened(struct world *w, const struct who *who, const char *json)
{
    struct answer a = world_post(w, who, "/reports", json);
    if (a.status != 201)
        check_failed(__FILE__, __LINE__, arena_z(&w->arena, a.body));
    return a;
}

static inline int64_t opened_id(struct world *w, const struct who *who, const char *json)
{
    struct answer a = opened(w, who, json);
    return answer_int(w, &a, "id");
}

/* In 桂花一网格, from somebody whose number ends in 0001. */
static inline int64_t wall(struct world *w)
{
    return opened_id(w, &w->clerk, "{\"text\":\"桂花路1号院东边的院墙裂缝了，请来看看。\",\"channel\":\"phone\","
                                   "\"reporter\":{\"name\":\"测试甲\",\"phone\":\"13900000001\"}}");
}

static inline struct answer page(struct world *w, const struct who *who, int64_t id)
{
    return world_get(w, who, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
}

static inline struct str state(struct world *w, int64_t id)
{
    struct answer a = page(w, &w->clerk, id);
    return answer_str(w, &a, "state");
}

static inline struct str value(struct world *w, int64_t id, const char *path)
{
    struct answer a = page(w, &w->clerk, id);
    return answer_str(w, &a, path);
}

static inline int64_t number(struct world *w, int64_t id, const char *path)
{
    struct answer a = page(w, &w->clerk, id);
    return answer_int(w, &a, path);
}

#define ACT(who, id, verb, json, status) CHECK_INT(world_move(w, &w->who, (id), (verb), (json)), (status))

static inline const char *assign_json(struct world *w, int64_t org)
{
    return arena_format(&w->arena, "{\"org\":%lld}", (long long)org).p;
}

static inline int64_t in_hand(struct world *w)
{
    int64_t id = wall(w);
    ACT(clerk, id, "accept", "{\"category\":\"E0408\"}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 200);
    ACT(worker1, id, "take", "{}", 200);
    return id;
}

static inline int64_t resolved_one(struct world *w)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已用围挡隔离并完成加固\"}", 200);
    return id;
}

#define CALLED_YES "{\"outcome\":\"reached\",\"responded\":\"yes\",\"resolved\":\"yes\",\"satisfied\":\"basic\"}"
#define CALLED_NO  "{\"outcome\":\"reached\",\"responded\":\"yes\",\"resolved\":\"no\",\"satisfied\":\"no\"}"

#endif
