/* race_test.c -- two at once, on both stores: of two who take, reopen, return or send the same report, one wins. */
#include "modules/report/report_test.h"

#include <pthread.h>

enum { RACERS = 4 };

struct racer {
    struct world *w;
    const struct who *who;
    struct str path, body;
    pthread_barrier_t *start;
    struct arena arena;
    struct answer answer;
};

static void *run(void *arg)
{
    struct racer *r = arg;
    struct call call = { .method = POST, .path = r->path, .body = r->body, .who = r->who, .content_type = S("application/json"), .address = S("127.0.0.1") };
    pthread_barrier_wait(r->start);
    api_call(r->w->api, &r->arena, &call, &r->answer);
    return NULL;
}

/* Sends the same from each of `whos` at once; how many were answered with `status`. */
static int race(struct world *w, const struct who *const whos[RACERS], const char *path, const char *body, int status)
{
    struct racer racers[RACERS];
    pthread_t threads[RACERS];
    pthread_barrier_t start;
    int count = 0;
    pthread_barrier_init(&start, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){ .w = w, .who = whos[i], .path = str_of(path), .body = str_of(body), .start = &start };
        arena_init(&racers[i].arena, ARENA_CAP_BYTES);
        CHECK(pthread_create(&threads[i], NULL, run, &racers[i]) == 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
        count += racers[i].answer.status == status;
        arena_free(&racers[i].arena);
    }
    pthread_barrier_destroy(&start);
    return count;
}

static const char *move_path(struct world *w, int64_t id, const char *verb)
{
    return arena_format(&w->arena, "/api/v1/matters/%lld/%s", (long long)id, verb).p;
}

TEST_WORLD(race_to_take_has_one_winner)
{
    const struct who *const whos[RACERS] = { &w->worker1, &w->secretary, &w->duty, &w->clerk };
    for (int round = 0; round < 5; round++) {
        int64_t id = opened_id(w, &w->clerk, "{\"text\":\"桂花路1号院垃圾成堆\"}");
        ACT(clerk, id, "accept", "{}", 200);
        ACT(clerk, id, "assign", assign_json(w, w->org_community1), 200);
        CHECK_INT(race(w, whos, move_path(w, id, "take"), "{}", 200), 1);
        CHECK_STR(state(w, id), "handling");
    }
}

TEST_WORLD(race_to_reopen_has_one_winner)
{
    const struct who *const whos[RACERS] = { &w->clerk, &w->clerk_b, &w->leader, &w->duty };
    for (int round = 0; round < 3; round++) {
        int64_t id = opened_id(w, &w->worker1, "{\"text\":\"巡查清理小广告\"}");
        ACT(worker1, id, "take", "{}", 200);
        ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"当场清理\"}", 200);
        ACT(clerk, id, "callback", "{\"outcome\":\"anonymous\"}", 200);
        CHECK_INT(race(w, whos, move_path(w, id, "reopen"), "{\"reason\":\"又贴上了\"}", 200), 1);
        CHECK_INT(number(w, id, "fields.redos"), 1);
    }
}

TEST_WORLD(race_to_ask_for_an_extension_has_one_winner)
{
    const struct who *const whos[RACERS] = { &w->worker1, &w->secretary, &w->duty, &w->clerk };
    int64_t id = in_hand(w);
    CHECK_INT(race(w, whos, move_path(w, id, "extend"), "{\"until\":\"" LATER "\",\"reason\":\"雨天\"}", 200), 1);
    struct answer p = page(w, &w->clerk, id);
    CHECK_INT(answer_count(w, &p, "fields.requests"), 1);
}

TEST_WORLD(race_of_one_phones_repeats_makes_one_report)
{
    const struct who *const whos[RACERS] = { &w->worker1, &w->worker1, &w->worker1, &w->worker1 };
    CHECK_INT(race(w, whos, "/api/v1/reports", "{\"text\":\"巡查井盖松动\",\"client_id\":\"phone-9-77\"}", 201), 1);
    CHECK_INT(race(w, whos, "/api/v1/reports", "{\"text\":\"巡查井盖松动\",\"client_id\":\"phone-9-77\"}", 200), RACERS);
}

TEST_WORLD(race_of_two_clerks_with_one_order_makes_one_mirror)
{
    const struct who *const whos[RACERS] = { &w->clerk, &w->clerk_b, &w->duty, &w->leader };
    CHECK_INT(race(w, whos, "/api/v1/reports", "{\"text\":\"桂花路1号院下水道冒水\",\"mirror\":{\"upstream\":\"12345\",\"number\":\"R1\"}}", 201), 1);
}
