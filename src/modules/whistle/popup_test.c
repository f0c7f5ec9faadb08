/* popup_test.c -- telephones that ring: what is shown of a number, and who takes the call. */
#include "engine/org.h"
#include "test/world.h"

#include <pthread.h>

#define NUMBER "13800001234"

struct made { struct world *w; int64_t id, other; };

static void open_reported(struct tx *tx, void *arg)
{
    struct made *made = arg;
    struct world *w = made->w;
    struct matter m = { .kind = engine_kind(w->engine, S("phone")), .title = S("楼道灯不亮"), .text = S("三楼") };
    struct matter sealed = { .kind = m.kind, .title = S("举报某事"), .text = S("保密"), .secrecy = SECRECY_SEALED };
    struct matter done = { .kind = m.kind, .title = S("已经修好"), .text = S("修好") };
    area_place(tx, w->courtyard, &m.place);
    sealed.place = done.place = m.place;
    struct reporter who = { .name = S("甲居民"), .phone = S(NUMBER), .channel = S("phone"), .at = tx->now };
    reporter_add(tx, matter_open(tx, &who_system, &sealed, 0, S("")), &who);
    reporter_add(tx, matter_open(tx, &who_system, &done, 0, S("")), &who);
    made->id = matter_open(tx, &who_system, &m, 0, S(""));
    made->other = done.id;
    reporter_add(tx, made->id, &who);
}

TEST_WORLD(popup_shows_open_service_matters_of_the_number_only)
{
    struct made made = { .w = w };
    world_write(w, open_reported, &made, NULL);
    CHECK_INT(world_move(w, &w->clerk, made.other, "withdraw", "{\"text\":\"重复登记\"}"), 200);
    struct answer a = world_post(w, &w->integration, "/calls", "{\"from\":\"138-0000-1234\",\"to\":\"0371-60000000\",\"pbx_id\":\"P1\"}");
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    CHECK(id > 0);
    CHECK_INT(answer_count(w, &a, "devices"), 0);
    CHECK_STR(answer_str(w, &a, "draft.channel"), "phone");
    CHECK(!str_has(a.body, S(NUMBER)));                               /* nobody has taken it: the number stays masked */
    a = world_post(w, &w->integration, "/calls", "{\"from\":\"13800001234\",\"pbx_id\":\"P1\"}");
    CHECK_INT(a.status, 200);                                         /* the switchboard says it twice: one call */
    CHECK_INT(answer_int(w, &a, "id"), id);

    a = world_get(w, &w->clerk, "/calls?open=1");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(answer_count(w, &a, "items.0.matters"), 1);
    CHECK_INT(answer_int(w, &a, "items.0.matters.0.id"), made.id);
    CHECK(!str_has(a.body, S("举报")) && !str_has(a.body, S("已经修好")) && !str_has(a.body, S(NUMBER)));
    a = world_get(w, &w->clerk_far, "/calls?open=1");                 /* another street sees none of our matters */
    CHECK_INT(answer_count(w, &a, "items.0.matters"), 0);
    CHECK_INT(world_get(w, &w->urban, "/calls?open=1").status, 403);
    CHECK_INT(world_get(w, &w->kiosk, "/calls?open=1").status, 403);
}

TEST_WORLD(popup_of_a_withheld_number_rings_all_the_same)
{
    struct made made = { .w = w };
    world_write(w, open_reported, &made, NULL);
    struct answer a = world_post(w, &w->integration, "/calls", "{\"from\":\"anonymous\"}");
    CHECK_INT(a.status, 201);
    CHECK_INT(answer_count(w, &a, "matters"), 0);
    CHECK_INT(answer_count(w, &a, "maybe"), 0);
    CHECK_STR(answer_str(w, &a, "from"), "");
    CHECK_INT(world_post(w, &w->clerk, arena_format(&w->arena, "/calls/%lld/claim", (long long)answer_int(w, &a, "id")).p, NULL).status, 200);
}

TEST_WORLD(popup_refuses_nonsense)
{
    CHECK_INT(world_post(w, &w->integration, "/calls", "{}").status, 422);
    CHECK_INT(world_post(w, &w->integration, "/calls", "{\"from\":\"nobody\"}").status, 422);
    CHECK_INT(world_post(w, &w->integration, "/calls", "{\"from\":\"13800001234\",\"at\":\"2020-01-01T00:00:00+08:00\"}").status, 422);
    CHECK_INT(world_post(w, &w->worker1, "/calls", "{\"from\":\"13800001234\"}").status, 403);
    CHECK_INT(world_post(w, &w->clerk, "/calls/4242/claim", NULL).status, 404);
}

TEST_WORLD(popup_claim_gives_the_number_to_one_person)
{
    struct answer a = world_post(w, &w->clerk, "/calls", "{\"from\":\"13800001234\"}");
    const char *claim = arena_format(&w->arena, "/calls/%lld/claim", (long long)answer_int(w, &a, "id")).p;
    a = world_post(w, &w->clerk, claim, NULL);
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "draft.reporter.phone"), NUMBER);
    CHECK_INT(world_post(w, &w->clerk, claim, NULL).status, 200);     /* pressed twice */
    CHECK_INT(world_post(w, &w->clerk_b, claim, NULL).status, 409);
    a = world_get(w, &w->clerk, "/calls?open=1");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

TEST_WORLD(popup_call_is_bound_to_its_matter_by_who_took_it)
{
    struct made made = { .w = w };
    world_write(w, open_reported, &made, NULL);
    struct answer a = world_post(w, &w->clerk, "/calls", "{\"from\":\"13800001234\"}");
    long long id = answer_int(w, &a, "id");
    const char *bind = arena_format(&w->arena, "/calls/%lld/matter", id).p;
    const char *body = arena_format(&w->arena, "{\"matter\":%lld}", (long long)made.id).p;
    CHECK_INT(world_post(w, &w->clerk, bind, body).status, 403);      /* not taken yet */
    CHECK_INT(world_post(w, &w->clerk, arena_format(&w->arena, "/calls/%lld/claim", id).p, NULL).status, 200);
    CHECK_INT(world_post(w, &w->clerk_b, bind, body).status, 403);
    CHECK_INT(world_post(w, &w->clerk, bind, "{\"matter\":424242}").status, 404);
    a = world_post(w, &w->clerk, bind, body);
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "matter"), made.id);
    world_advance(w, MINUTES(1));                                     /* the feed, the counts and the search take the events */
}

/* --- two at once ----------------------------------------------------------------------------------------------------- */

struct racer { struct world *w; const struct who *who; const char *path; pthread_barrier_t *start; int status; };

static void *race(void *arg)
{
    struct racer *r = arg;
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct call call = { .method = POST, .path = str_of(r->path), .who = r->who, .address = S("127.0.0.1") };
    struct answer answer = { 0 };
    pthread_barrier_wait(r->start);
    api_call(r->w->api, &arena, &call, &answer);
    r->status = answer.status;
    return NULL;
}

TEST_WORLD(popup_two_clients_claim_one_ringing_call)
{
    for (int round = 0; round < 8; round++) {
        struct answer a = world_post(w, &w->integration, "/calls", "{\"from\":\"13800001234\"}");
        const char *path = arena_format(&w->arena, "/api/v1/calls/%lld/claim", (long long)answer_int(w, &a, "id")).p;
        pthread_barrier_t start;
        pthread_barrier_init(&start, NULL, 2);
        struct racer racers[2] = { { w, &w->clerk, path, &start, 0 }, { w, &w->clerk_b, path, &start, 0 } };
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            CHECK(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&start);
        CHECK_INT(racers[0].status + racers[1].status, 200 + 409);
    }
}

/* --- an elder's telephone ---------------------------------------------------------------------------------------------- */

SQL(put_device, "insert into device(id, kind, protocol, account, area, state, made_at) values ($1, 'phone', 'phone', $2, $3, 'active', $4)");
SQL(count_signals, "select count(*), sum(case when applied_at is null then 1 else 0 end) from signal where kind = 'call'");

static void add_device(struct tx *tx, void *arg)
{
    struct world *w = arg;
    db_run(tx, put_device, IN(db_id(tx, "device"), NUMBER, w->unit, tx->now));
}

static void read_signals(struct tx *tx, void *arg)
{
    int64_t *counts = arg;
    db_one(tx, count_signals, IN(), OUT(&counts[0], &counts[1]));
}

TEST_WORLD(popup_puts_an_elders_telephone_in_front)
{
    world_write(w, add_device, w, NULL);
    struct answer a = world_post(w, &w->integration, "/calls", "{\"from\":\"13800001234\"}");
    CHECK_INT(a.status, 201);
    CHECK_INT(answer_int(w, &a, "elder"), 1);
    CHECK(answer_int(w, &a, "matter") > 0);                           /* it is an alarm already, which somebody takes */
    CHECK_INT(answer_int(w, &a, "claim_now"), 0);
    CHECK_INT(answer_count(w, &a, "devices"), 1);
    int64_t elder = answer_int(w, &a, "id"), counts[2] = { 0 };
    world_read(w, read_signals, counts);
    CHECK_INT(counts[0], 1);                                          /* the ring is a signal of the device, */
    CHECK_INT(counts[1], 0);                                          /* and does not wait for anybody */
    world_post(w, &w->integration, "/calls", "{\"from\":\"13800005678\"}");
    a = world_get(w, &w->duty, "/calls?open=1");
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_INT(answer_int(w, &a, "items.0.id"), elder);                /* older, and still first */
    CHECK_INT(world_post(w, &w->duty, arena_format(&w->arena, "/calls/%lld/claim", (long long)elder).p, NULL).status, 200);
}
