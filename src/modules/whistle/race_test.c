/* race_test.c -- two clients at once: of two that cannot both be right, one is; of two that can, none is lost. */
#include "test/world.h"

#include <pthread.h>

enum { ROUNDS = 4 };

struct racer {
    struct world *w;
    const struct who *who;
    const char *path, *body;
    pthread_barrier_t *start;
    int status;
};

static void *run(void *arg)
{
    struct racer *r = arg;
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct call call = { .method = POST, .path = str_of(r->path), .who = r->who, .body = str_of(r->body),
                         .content_type = S("application/json"), .address = S("127.0.0.1") };
    struct answer answer = { 0 };
    pthread_barrier_wait(r->start);
    api_call(r->w->api, &arena, &call, &answer);
    r->status = answer.status;
    return NULL;
}

static void race(struct racer racers[2])
{
    pthread_t threads[2];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        racers[i].start = &start;
        CHECK(pthread_create(&threads[i], NULL, run, &racers[i]) == 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

static struct answer emergency(struct world *w)
{
    struct str body = arena_format(&w->arena, "{\"type\":\"emergency\",\"title\":\"院墙倒塌\",\"text\":\"压住车辆\",\"area\":%lld,"
                                   "\"departments\":[%lld,%lld]}", (long long)w->courtyard, (long long)w->org_urban,
                                   (long long)w->org_housing);
    struct answer a = world_post(w, &w->clerk, "/whistles", body.p);
    CHECK_INT(a.status, 201);
    return a;
}

static const char *verb_path(struct world *w, int64_t id, const char *verb)
{
    return arena_format(&w->arena, "/api/v1/matters/%lld/%s", (long long)id, verb).p;
}

static struct str state_of(struct world *w, int64_t id)
{
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
    return answer_str(w, &a, "state");
}

TEST_WORLD(race_for_one_answer_link_has_one_winner)
{
    static const char body[] = "{\"action\":\"report_in\",\"name\":\"城管甲\",\"phone\":\"13800000011\"}";
    for (int i = 0; i < ROUNDS; i++) {
        struct answer a = emergency(w);
        struct str link = answer_str(w, &a, "calls.0.link");
        const char *path = arena_format(&w->arena, "/api/v1/public/answer/%.*s", (int)link.n - 3, link.p + 3).p;
        struct racer racers[2] = { { w, &w->nobody, path, body, NULL, 0 }, { w, &w->nobody, path, body, NULL, 0 } };
        race(racers);
        CHECK_INT(racers[0].status + racers[1].status, 200 + 410);
    }
}

TEST_WORLD(race_of_the_last_two_departments_ends_the_whistle_once)
{
    static const char body[] = "{\"text\":\"已办完\"}";
    for (int i = 0; i < ROUNDS; i++) {
        struct answer a = emergency(w);
        int64_t id = answer_int(w, &a, "id"), call[2] = { answer_int(w, &a, "calls.0.id"), answer_int(w, &a, "calls.1.id") };
        CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);
        CHECK_INT(world_move(w, &w->housing, call[1], "report_in", NULL), 200);
        struct racer racers[2] = { { w, &w->urban, verb_path(w, call[0], "finish"), body, NULL, 0 },
                                   { w, &w->housing, verb_path(w, call[1], "finish"), body, NULL, 0 } };
        race(racers);
        CHECK_INT(racers[0].status, 200);
        CHECK_INT(racers[1].status, 200);
        CHECK_STR(state_of(w, id), "gathered");
    }
}

TEST_WORLD(race_to_call_one_more_department_calls_it_once)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct answer a = emergency(w);
        int64_t id = answer_int(w, &a, "id");
        const char *path = verb_path(w, id, "add_department");
        const char *body = arena_format(&w->arena, "{\"department\":%lld}", (long long)w->org_market).p;
        struct racer racers[2] = { { w, &w->clerk, path, body, NULL, 0 }, { w, &w->clerk_b, path, body, NULL, 0 } };
        race(racers);
        CHECK_INT(racers[0].status + racers[1].status, 200 + 409);
        a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
        CHECK_INT(answer_count(w, &a, "fields.calls"), 3);
    }
}

TEST_WORLD(race_of_approval_and_withdrawal_has_one_winner)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct str body = arena_format(&w->arena, "{\"type\":\"hard\",\"title\":\"院墙歪斜\",\"text\":\"没有资质\",\"area\":%lld,"
                                       "\"departments\":[%lld],\"cannot_because\":\"cooperate.wall_safety\"}",
                                       (long long)w->courtyard, (long long)w->org_urban);
        struct answer a = world_post(w, &w->clerk, "/whistles", body.p);
        int64_t id = answer_int(w, &a, "id"), call = answer_int(w, &a, "calls.0.id");
        struct racer racers[2] = { { w, &w->leader, verb_path(w, id, "approve"), "{}", NULL, 0 },
                                   { w, &w->secretary, verb_path(w, id, "withdraw"), "{\"reason\":\"已修好\"}", NULL, 0 } };
        race(racers);
        bool approved = racers[0].status == 200;
        CHECK_INT(racers[approved].status == 409 || racers[approved].status == 403, 1);
        CHECK_INT(racers[!approved].status, 200);
        CHECK_STR(state_of(w, id), approved ? "blown" : "withdrawn");
        CHECK_STR(state_of(w, call), approved ? "called" : "cancelled");
    }
}
