/* http_test.c -- the road of a request without a socket: rights, forms, keys, language, lists, sessions, events. */
#include "engine/account.h"
#include "engine/search.h"
#include "http/http.h"
#include "test/world.h"

#include <pthread.h>

#define REPORT "{\"text\":\"桂花路1号院门口井盖破损，请尽快处理\",\"category\":\"E0110\",\"area\":%lld}"

static struct answer report(struct world *w, const char *key)
{
    return world_call_with_key(w, &w->clerk, POST, "/reports", arena_format(&w->arena, REPORT,
            (long long)w->grid1).p, key);
}

static int64_t reported(struct world *w)
{
    struct answer a = report(w, NULL);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

/* --- refusals ------------------------------------------------------------------------------------------------------------------ */

TEST_WORLD(what_is_not_there_is_not_found_and_what_is_not_taken_says_what_is)
{
    struct answer a = world_get(w, &w->clerk, "/nothing-here");
    CHECK_INT(a.status, 404);
    CHECK_STR(a.type, "application/problem+json");
    CHECK_INT(world_call(w, &w->clerk, DELETE, "/me", NULL).status, 405);
    CHECK_INT(world_get(w, &w->clerk, "/matters/999999").status, 404);
    CHECK_INT(world_get(w, &w->nobody, "/me").status, 403);
    struct call call = { .method = GET, .path = S("/api/v1/me") };
    struct answer anonymous;
    api_call(w->api, &w->arena, &call, &anonymous);
    CHECK_INT(anonymous.status, 401);
    CHECK_STR(answer_str(w, &anonymous, "code"), "no_session");
}

TEST_WORLD(a_refusal_speaks_the_callers_language)
{
    struct call call = { .method = POST, .path = S("/api/v1/reports"), .body = S("{\"text\":\"\"}"), .who = &w->clerk,
                         .accept_language = S("en-US,en;q=0.9") };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 422);
    CHECK(str_has(answer_str(w, &a, "title"), S("correction")));
    call.accept_language = S("zh-CN");
    api_call(w->api, &w->arena, &call, &a);
    CHECK(str_has(answer_str(w, &a, "title"), S("填写项")));
    CHECK(answer_count(w, &a, "errors") >= 1);
}

TEST_WORLD(a_body_that_is_too_large_is_refused_and_writes_nothing)
{
    size_t n = FORM_BYTES_MAX + 1;
    char *big = arena_alloc(&w->arena, n);
    for (size_t i = 0; i < n; i++)
        big[i] = 'x';
    struct call call = { .method = POST, .path = S("/api/v1/reports"), .body = { big, n }, .who = &w->clerk };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 413);
    a = world_get(w, &w->clerk, "/matters");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

/* --- Idempotency-Key ------------------------------------------------------------------------------------------------------------ */

TEST_WORLD(the_same_key_and_body_gives_the_first_answer_and_writes_nothing)
{
    struct answer first = report(w, "key-1"), again = report(w, "key-1");
    CHECK_INT(first.status, 201);
    CHECK_INT(again.status, 201);
    CHECK_EQ(again.body, first.body);
    CHECK_EQ(again.location, first.location);
    struct answer list = world_get(w, &w->clerk, "/matters");
    CHECK_INT(answer_count(w, &list, "items"), 1);
}

TEST_WORLD(the_same_key_with_another_body_is_refused)
{
    CHECK_INT(report(w, "key-2").status, 201);
    struct str other = arena_format(&w->arena, "{\"text\":\"另一件完全不同的事情\",\"area\":%lld}", (long long)w->grid1);
    struct answer a = world_call_with_key(w, &w->clerk, POST, "/reports", other.p, "key-2");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "code"), "idempotency_mismatch");
    CHECK_INT(world_call_with_key(w, &w->worker1, POST, "/reports", other.p, "key-2").status,
        201);   /* another's key */
}

TEST_WORLD(a_refused_request_keeps_no_key)
{
    CHECK_INT(world_call_with_key(w, &w->clerk, POST, "/reports", "{\"text\":\"\"}", "key-3").status, 422);
    CHECK_INT(report(w, "key-3").status, 201);
}

struct racer { struct world *w; struct arena arena; struct answer answer; pthread_t thread; struct str body; };

static void *race(void *arg)
{
    struct racer *r = arg;
    struct call call = { .method = POST, .path = S("/api/v1/reports"), .body = r->body, .who = &r->w->clerk,
            .idempotency_key = S("race") };
    api_call(r->w->api, &r->arena, &call, &r->answer);
    return NULL;
}

TEST_WORLD(two_at_once_with_one_key_are_one)
{
    struct racer racers[4];
    struct str body = arena_format(&w->arena, REPORT, (long long)w->grid1);
    for (size_t i = 0; i < COUNT(racers); i++) {
        racers[i] = (struct racer){ .w = w, .body = body };
        arena_init(&racers[i].arena, 0);
        CHECK(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
    }
    for (size_t i = 0; i < COUNT(racers); i++)
        pthread_join(racers[i].thread, NULL);
    for (size_t i = 0; i < COUNT(racers); i++) {
        CHECK_INT(racers[i].answer.status, 201);
        CHECK_EQ(racers[i].answer.body, racers[0].answer.body);
    }
    struct answer list = world_get(w, &w->clerk, "/matters");
    CHECK_INT(answer_count(w, &list, "items"), 1);
    for (size_t i = 0; i < COUNT(racers); i++)
        arena_free(&racers[i].arena);
}

/* --- lists ------------------------------------------------------------------------------------------------------------------------- */

TEST_WORLD(a_list_pages_without_gap_or_repeat)
{
    int64_t ids[7];
    for (int i = 0; i < 7; i++) {
        ids[i] = reported(w);
        w->clock.at += i % 2 ? 0 : 1000;                     /* some share their moment */
    }
    struct str path = S("/matters?limit=3");
    int seen = 0;
    for (int page = 0; page < 4 && path.n; page++) {
        struct answer a = world_get(w, &w->clerk, path.p);
        CHECK_INT(a.status, 200);
        for (int i = 0; i < answer_count(w, &a, "items"); i++)
            CHECK_INT(answer_int(w, &a, arena_format(&w->arena, "items.%d.id", i).p), ids[6 - seen++]);
        struct str next = answer_str(w, &a, "next");
        CHECK((next.n > 0) == (a.link.n > 0));
        path = next.n ? arena_format(&w->arena, "/matters?limit=3&after=%.*s", STR_ARG(next)) : (struct str){ 0 };
    }
    CHECK_INT(seen, 7);
    CHECK_INT(world_get(w, &w->clerk, "/matters?after=nonsense").status, 422);
    CHECK_INT(world_get(w, &w->clerk, "/matters?colour=red").status, 422);
}

TEST_WORLD(nobody_lists_or_opens_what_lies_outside_his_grants)
{
    int64_t id = reported(w);
    struct str path = arena_format(&w->arena, "/matters/%lld", (long long)id);
    const struct who *may[] = { &w->clerk, &w->leader, &w->secretary, &w->worker1, &w->duty, &w->auditor };
    const struct who *may_not[] = { &w->clerk_far, &w->worker2, &w->worker_far, &w->secretary2, &w->admin, &w->urban };
    for (size_t i = 0; i < COUNT(may); i++) {
        struct answer a = world_get(w, may[i], "/matters");
        CHECK_INT(answer_count(w, &a, "items"), 1);
        CHECK_INT(world_get(w, may[i], path.p).status, 200);
    }
    for (size_t i = 0; i < COUNT(may_not); i++) {
        struct answer a = world_get(w, may_not[i], "/matters");
        CHECK_INT(answer_count(w, &a, "items"), 0);
        CHECK_INT(world_get(w, may_not[i], path.p).status, 404);
        CHECK_INT(world_move(w, may_not[i], id, "accept", NULL), 404);
    }
}

TEST_WORLD(filters_narrow_a_list)
{
    int64_t id = reported(w);
    static const struct { const char *query; int count; } asks[] = {
        { "kind=report", 1 }, { "kind=whistle", 0 }, { "phase=open", 1 }, { "phase=unfinished", 1 },
              { "phase=done", 0 }, { "state=new", 1 },
        { "category=E0110", 1 }, { "category=E0102", 0 }, { "overdue=1", 0 }, { "unclaimed=1", 1 },
              { "urgency=urgent", 0 },
        { "owner=me", 0 }, { "sort=due", 1 }, { "from=2026-11-23", 1 }, { "to=2026-11-22", 0 },
              { "from=2026-11-23&to=2026-11-23", 1 },
        { "channel=phone", 0 },
    };
    for (size_t i = 0; i < COUNT(asks); i++) {
        struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?%s", asks[i].query).p);
        CHECK_INT(a.status, 200);
        if (answer_count(w, &a, "items") != asks[i].count)
            check_failed(__FILE__, __LINE__, asks[i].query);
    }
    const struct { int64_t area; int count; } areas[] = {
        { w->district, 1 }, { w->street, 1 }, { w->community1, 1 }, { w->grid1, 1 }, { w->grid2, 0 },
              { w->street2, 0 }, { w->courtyard, 0 } };
    for (size_t i = 0; i < COUNT(areas); i++) {
        struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?area=%lld",
                (long long)areas[i].area).p);
        CHECK_INT(answer_count(w, &a, "items"), areas[i].count);
    }
    struct answer one = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
    struct str number = answer_str(w, &one, "number");
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?q=%.*s", STR_ARG(number)).p);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    world_turn(w);
    while (search_feed(w->engine->search, 500) > 0)
        continue;
    a = world_get(w, &w->clerk, "/search?q=%E4%BA%95%E7%9B%96");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK(str_has(answer_str(w, &a, "items.0.snippet"), S("井盖")));
    a = world_get(w, &w->clerk_far, "/search?q=%E4%BA%95%E7%9B%96");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

/* These walk an index of their own, which holds no matter that is new or done. */
TEST_WORLD(a_category_under_way_or_void_is_listed)
{
    static const struct { const char *query; int before, after; } asks[] = {
        { "phase=void&category=E0110", 0, 1 }, { "state=rejected&category=E0110", 0, 1 }, { "phase=active&category=E0110", 0, 0 },
        { "phase=void&category=E0102", 0, 0 }, { "phase=waiting&category=E0110", 0, 0 }, { "phase=open&category=E0110", 1, 0 },
        { "phase=void&category=E0110&sort=due", 0, 0 },
    };
    int64_t id = reported(w);
    const struct who *clerks[] = { &w->clerk, &w->auditor };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(asks) * COUNT(clerks); i++) {
            const char *query = asks[i / 2].query;
            struct answer a = world_get(w, clerks[i % 2], arena_format(&w->arena, "/matters?%s", query).p);
            if (answer_count(w, &a, "items") != (round ? asks[i / 2].after : asks[i / 2].before))
                check_failed(__FILE__, __LINE__, query);
        }
        if (round == 0)
            CHECK_INT(world_move(w, &w->clerk, id, "reject", "{\"basis\":\"contract\",\"reason\":\"合同争议，已告知\"}"), 200);
    }
}

/* --- moves ------------------------------------------------------------------------------------------------------------------------- */

TEST_WORLD(an_old_version_is_stale_and_a_done_move_is_a_conflict)
{
    int64_t id = reported(w);
    struct str path = arena_format(&w->arena, "/api/v1/matters/%lld/accept", (long long)id);
    struct call call = { .method = POST, .path = path, .body = S("{}"), .who = &w->clerk, .if_match = S("\"7\"") };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 412);
    call.if_match = S("\"1\"");
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 200);
    CHECK_STR(a.etag, "\"2\"");
    CHECK_INT(answer_int(w, &a, "version"), 2);
    call.if_match = (struct str){ 0 };
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 409);
    CHECK_INT(world_move(w, &w->clerk, id, "no_such_verb", "{}"), 404);
    CHECK_INT(world_move(w, &w->clerk, id, "assign", "{\"colour\":\"red\"}"), 422);
}

TEST_WORLD(a_bulk_move_is_a_job_with_the_movers_rights)
{
    int64_t a1 = reported(w), a2 = reported(w);
    struct str body = arena_format(&w->arena, "{\"ids\":[%lld,%lld]}", (long long)a1, (long long)a2);
    struct answer a = world_post(w, &w->clerk, "/bulk/accept", body.p);
    CHECK_INT(a.status, 202);
    struct str job = arena_format(&w->arena, "/jobs/%lld", (long long)answer_int(w, &a, "job"));
    world_turn(w);
    a = world_get(w, &w->clerk, job.p);
    CHECK_STR(answer_str(w, &a, "state"), "done");
    CHECK_INT(answer_int(w, &a, "done"), 2);
    CHECK_INT(world_get(w, &w->worker1, job.p).status, 404);
    CHECK_INT(world_post(w, &w->clerk_far, "/bulk/accept", body.p).status, 404);
    CHECK_INT(world_post(w, &w->clerk, "/bulk/accept", "{\"ids\":[]}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/bulk/accept", "{\"ids\":[\"x\"]}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/bulk/accept", "[1]").status, 400);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)a1).p);
    CHECK_STR(answer_str(w, &a, "state"), "accepted");
    int64_t later = reported(w), version = answer_int(w, &a, "version");
    body = arena_format(&w->arena, "{\"ids\":[%lld,%lld]}", (long long)later, (long long)a1);
    a = world_post(w, &w->clerk, "/bulk/accept", body.p);
    CHECK_INT(a.status, 202);
    job = arena_format(&w->arena, "/jobs/%lld", (long long)answer_int(w, &a, "job"));
    world_turn(w);
    a = world_get(w, &w->clerk, job.p);
    CHECK_INT(answer_int(w, &a, "done"), 1);                 /* one was accepted already: it is told, and left as it was */
    CHECK_INT(answer_int(w, &a, "error_count"), 1);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)a1).p);
    CHECK_INT(answer_int(w, &a, "version"), version);
}

/* --- sessions ------------------------------------------------------------------------------------------------------------------------ */

#define PASSWORD "tidy-lantern-42"

static void give_password(struct tx *tx, void *arg)
{
    struct world *w = arg;
    account_set_password(tx, w->clerk.account, password_hash(tx->arena, S(PASSWORD)), true);
}

static struct answer as(struct world *w, enum method method, const char *path, const char *body, struct str cookie)
{
    struct call call = { .method = method, .path = arena_format(&w->arena, "/api/v1%s", path),
            .body = str_of(body), .cookie = cookie };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    return a;
}

TEST_WORLD(a_session_is_given_rotated_and_ended)
{
    world_write(w, give_password, w, NULL);
    struct str login = w->clerk.login, none = { 0 };
    const char *good = arena_format(&w->arena, "{\"login\":\"%.*s\",\"password\":\"" PASSWORD "\"}", STR_ARG(login)).p;
    struct answer a = as(w, POST, "/session", arena_format(&w->arena,
            "{\"login\":\"%.*s\",\"password\":\"wrong-password\"}", STR_ARG(login)).p, none);
    CHECK_INT(a.status, 401);
    CHECK_STR(answer_str(w, &a, "code"), "bad_login");
    a = as(w, POST, "/session", good, none);
    CHECK_INT(a.status, 200);
    struct str cookie = a.set_cookie;
    CHECK(cookie.n >= 40);
    CHECK_INT(as(w, GET, "/me", NULL, cookie).status, 200);
    CHECK_INT(as(w, GET, "/matters", NULL, cookie).status, 403);                 /* first password */
    CHECK_INT(as(w, POST, "/password", "{\"old\":\"wrong\",\"new\":\"brave-orchid-77\"}", cookie).status, 422);
    CHECK_INT(as(w, POST, "/password", "{\"old\":\"" PASSWORD "\",\"new\":\"short\"}", cookie).status, 422);
    a = as(w, POST, "/password", "{\"old\":\"" PASSWORD "\",\"new\":\"brave-orchid-77\"}", cookie);
    CHECK_INT(a.status, 200);
    struct str rotated = a.set_cookie;
    CHECK(rotated.n && !str_eq(rotated, cookie));
    CHECK_INT(as(w, GET, "/me", NULL, cookie).status, 401);                      /* not even for the cache's 5 s */
    CHECK_INT(as(w, GET, "/matters", NULL, rotated).status, 200);
    CHECK_INT(as(w, DELETE, "/session", NULL, rotated).status, 204);
    CHECK_INT(as(w, GET, "/me", NULL, rotated).status, 401);
}

TEST_WORLD(a_token_works_until_it_is_ended)
{
    struct answer a = world_post(w, &w->integration, "/tokens", "{\"name\":\"对接测试\"}");
    CHECK_INT(a.status, 201);
    struct str token = answer_str(w, &a, "token");
    CHECK(str_starts(token, S("wxt_")));
    struct call call = { .method = GET, .path = S("/api/v1/me"), .bearer = token };
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 200);
    a = world_get(w, &w->integration, "/tokens");
    int64_t id = answer_int(w, &a, "items.0.id");
    CHECK_INT(world_call(w, &w->clerk, DELETE, arena_format(&w->arena, "/tokens/%lld", (long long)id).p,
        NULL).status, 404);
    CHECK_INT(world_call(w, &w->integration, DELETE, arena_format(&w->arena, "/tokens/%lld", (long long)id).p,
        NULL).status, 204);
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 401);
}

TEST_WORLD(too_many_log_ins_from_one_address_are_slowed_down)
{
    struct call call = { .method = GET, .path = S("/api/v1/public/track/AAAA-BBBB-CCCC"), .address = S("192.0.2.7") };
    struct answer a = { 0 };
    int refused = 0;
    for (int i = 0; i < 100; i++) {
        api_call(w->api, &w->arena, &call, &a);
        refused += a.status == 429;
    }
    CHECK(refused >= 30);
    call.address = S("192.0.2.8");
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 404);
    call.address = S("192.0.2.7");
    w->clock.at += MINUTES(5);
    api_call(w->api, &w->arena, &call, &a);
    CHECK_INT(a.status, 404);
}

/* --- events -------------------------------------------------------------------------------------------------------------------------- */

TEST_WORLD(events_are_told_to_whom_they_concern_and_resume_after_a_number)
{
    struct answer a = world_get(w, &w->clerk, "/events");
    int64_t start = answer_int(w, &a, "next");
    int64_t id = reported(w);
    CHECK_INT(world_move(w, &w->clerk, id, "accept", "{}"), 200);
    world_turn(w);
    struct str path = arena_format(&w->arena, "/events?after=%lld", (long long)start);
    a = world_get(w, &w->clerk, path.p);
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_STR(answer_str(w, &a, "items.0.verb"), "open");
    CHECK_STR(answer_str(w, &a, "items.1.verb"), "accept");
    CHECK_STR(answer_str(w, &a, "items.1.number"), arena_format(&w->arena, "BG-261123-%lld", (long long)id).p);
    CHECK_STR(answer_str(w, &a, "items.1.urgency"), "normal");
    int64_t first = answer_int(w, &a, "items.0.seq");
    a = world_get(w, &w->clerk_far, path.p);
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/events?after=%lld", (long long)first).p);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/feed?after=%lld", (long long)first).p);
    CHECK_STR(a.type, "text/event-stream");
    CHECK(str_starts(a.body, S("id: ")) && str_ends(a.body, S("\n\n")));
}

/* --- operations ---------------------------------------------------------------------------------------------------------------------- */

TEST_WORLD(health_and_metrics_answer_at_the_root)
{
    struct answer a = world_get(w, NULL, "//healthz");
    CHECK_INT(a.status, 200);
    a = world_get(w, NULL, "//readyz");
    CHECK_INT(a.status, 200);
    a = world_get(w, NULL, "//metrics");
    CHECK(str_ends(a.body, S("# EOF\n")));
    CHECK(str_has(a.body, S("wuxing_http_answers_total{class=\"2xx\"}")));
}
