/* phone_test.c -- 电话直达哨: from the 15-second line to the firm's own word, and the directory behind it. */
#include "engine/person.h"
#include "test/world.h"

static int64_t log_call(struct world *w, const struct who *who, const char *rest, int want)
{
    struct str body = arena_format(&w->arena, "{\"promised\":\"两天内给出政策清单\",\"due_at\":\"2026-11-25T12:00:00+08:00\"%s}",
                                   rest);
    struct answer a = world_post(w, who, "/phone-whistles", body.p);
    CHECK_INT(a.status, want);
    return answer_int(w, &a, "id");
}

static struct answer see(struct world *w, const struct who *who, int64_t id)
{
    return world_get(w, who, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
}

static const char *urban(struct world *w)
{
    return arena_format(&w->arena, ",\"org\":%lld", (long long)w->org_urban).p;
}

TEST_WORLD(phone_whistle_needs_only_whom_what_and_when)
{
    CHECK_INT(world_post(w, &w->clerk, "/phone-whistles", "{\"promised\":\"两天内\"}").status, 422);
    log_call(w, &w->clerk, "", 422);                                  /* whom? */
    log_call(w, &w->clerk, ",\"org\":424242", 422);
    log_call(w, &w->clerk, ",\"contact\":424242", 422);
    CHECK_INT(world_post(w, &w->clerk, "/phone-whistles",
                         arena_format(&w->arena, "{\"promised\":\"昨天就办\",\"due_at\":\"2026-11-22T12:00:00+08:00\"%s}", urban(w)).p)
                  .status, 422);
    log_call(w, &w->urban, urban(w), 403);
    log_call(w, &w->auditor, urban(w), 403);
    log_call(w, &w->clerk, arena_format(&w->arena, "%s,\"area\":%lld", urban(w), (long long)w->street2).p, 403);

    int64_t id = log_call(w, &w->clerk, urban(w), 201);
    struct answer a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "promised");
    CHECK_INT(answer_int(w, &a, "owner.org"), w->org_street);          /* the street follows it up */
    CHECK_STR(answer_str(w, &a, "due_at"), "2026-11-25T12:00:00+08:00");
    CHECK_INT(answer_int(w, &a, "fields.complete"), 0);
    CHECK_INT(world_move(w, &w->clerk, id, "complete", "{}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "complete", "{\"firm\":\"示范演示科技有限公司\",\"firm_id\":999999}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "complete", "{\"firm\":\"示范演示科技有限公司\"}"), 200);
    a = see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.complete"), 1);
    CHECK_STR(answer_str(w, &a, "fields.firm"), "示范演示科技有限公司");
}

TEST_WORLD(phone_whistle_takes_its_person_from_the_directory)
{
    struct answer a = world_get(w, &w->clerk, "/directory");
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_STR(answer_str(w, &a, "items.0.rank"), "A");
    int64_t contact = answer_int(w, &a, "items.0.id");
    int64_t id = log_call(w, &w->clerk, arena_format(&w->arena, ",\"contact\":%lld,\"firm\":\"示范演示科技有限公司\"",
                                                     (long long)contact).p, 201);
    a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "fields.person"), "城管甲");
    CHECK_INT(answer_int(w, &a, "fields.org"), w->org_urban);
}

TEST_WORLD(phone_whistle_ends_with_the_firms_own_word)
{
    int64_t id = log_call(w, &w->clerk, urban(w), 201);
    CHECK_INT(world_move(w, &w->clerk, id, "kept", "{\"said\":\"清单已给企业\"}"), 200);
    struct answer a = see(w, &w->clerk, id);
    struct str link = answer_str(w, &a, "fields.link");
    const char *path = arena_format(&w->arena, "/public/answer/%.*s", (int)link.n - 3, link.p + 3).p;
    a = world_get(w, &w->nobody, path);
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "actions.0"), "confirm");
    static const char me[] = "\"name\":\"企业经办人\",\"phone\":\"13800000099\"";
    CHECK_INT(world_post(w, &w->nobody, path, arena_format(&w->arena, "{\"action\":\"report_in\",%s}", me).p).status, 409);
    CHECK_INT(world_post(w, &w->nobody, path, arena_format(&w->arena, "{\"action\":\"confirm\",%s}", me).p).status, 422);
    a = world_post(w, &w->nobody, path, arena_format(&w->arena, "{\"action\":\"unsolved\",\"text\":\"还缺一张表\",%s}", me).p);
    CHECK_INT(a.status, 200);
    a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "promised");                /* back to the street, with a new clock */
    CHECK_INT(answer_int(w, &a, "fields.rounds"), 2);

    CHECK_INT(world_move(w, &w->clerk, id, "kept", "{\"said\":\"表已补上\"}"), 200);
    a = see(w, &w->clerk, id);
    link = answer_str(w, &a, "fields.link");
    path = arena_format(&w->arena, "/public/answer/%.*s", (int)link.n - 3, link.p + 3).p;
    a = world_post(w, &w->nobody, path, arena_format(&w->arena, "{\"action\":\"confirm\",\"result\":\"solved\",%s}", me).p);
    CHECK_INT(a.status, 200);
    CHECK_INT(world_post(w, &w->nobody, path, arena_format(&w->arena, "{\"action\":\"confirm\",\"result\":\"solved\",%s}", me).p).status, 410);
    a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "confirmed");
    CHECK_STR(answer_str(w, &a, "fields.result"), "solved");
    CHECK_STR(answer_str(w, &a, "fields.confirmed_channel"), "link");

    int64_t logged = log_call(w, &w->clerk, urban(w), 201);
    CHECK_INT(world_move(w, &w->clerk, logged, "confirm", "{\"result\":\"unsolved\"}"), 422);   /* not solved is no end */
    CHECK_INT(world_move(w, &w->clerk, logged, "confirm", "{\"result\":\"partly\",\"who\":\"企业经办人\",\"channel\":\"phone\"}"), 200);
    a = world_get(w, &w->leader, "/figures/phone.solved");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
    CHECK_INT(answer_int(w, &a, "denominator"), 2);
}

TEST_WORLD(phone_whistle_broken_promise_is_late_and_promised_again)
{
    int64_t id = log_call(w, &w->clerk, urban(w), 201);
    world_advance(w, DAYS(2) + HOURS(2));
    struct answer a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "due_at"), "2026-11-25T12:00:00+08:00");
    world_advance(w, HOURS(2));
    CHECK_INT(world_move(w, &w->clerk, id, "again", "{\"text\":\"对方请假\",\"due_at\":\"2026-11-24T12:00:00+08:00\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "again", "{\"text\":\"对方请假\",\"due_at\":\"2026-11-26T12:00:00+08:00\"}"), 200);
    a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "due_at"), "2026-11-26T12:00:00+08:00");
}

TEST_WORLD(phone_whistle_that_did_not_help_becomes_a_whistle)
{
    int64_t id = log_call(w, &w->clerk, urban(w), 201);
    CHECK_INT(world_move(w, &w->clerk, id, "raise", NULL), 403);
    struct str body = arena_format(&w->arena, "{\"type\":\"hard\",\"title\":\"企业缺政策清单\",\"text\":\"承诺两次未兑现\",\"area\":%lld,"
                                   "\"departments\":[%lld],\"cannot_because\":\"cooperate.firm_support\",\"from\":%lld}",
                                   (long long)w->street, (long long)w->org_urban, (long long)id);
    CHECK_INT(world_post(w, &w->clerk, "/whistles", body.p).status, 201);
    struct answer a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "raised");
}

TEST_WORLD(directory_is_written_by_its_own_street)
{
    struct str row = arena_format(&w->arena, "{\"org\":%lld,\"street\":%lld,\"person_name\":\"市监甲\",\"phone\":\"138 0000 0021\"}",
                                  (long long)w->org_market, (long long)w->street);
    CHECK_INT(world_call(w, &w->clerk_far, PUT, "/directory", row.p).status, 403);
    CHECK_INT(world_call(w, &w->urban, PUT, "/directory", row.p).status, 403);
    CHECK_INT(world_get(w, &w->urban, "/directory").status, 403);
    struct answer a = world_call(w, &w->clerk, PUT, "/directory", row.p);
    CHECK_INT(a.status, 200);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/directory?org=%lld", (long long)w->org_market).p);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.phone"), "13800000021");
    a = world_call(w, &w->clerk, PUT, "/directory", "{\"org\":1,\"street\":424242,\"person_name\":\"市监甲\",\"phone\":\"13800000021\"}");
    CHECK_INT(a.status, 422);
}
