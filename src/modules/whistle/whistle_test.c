/* whistle_test.c -- whole stories of a whistle and each of its refusals, through the routes, on both stores. */
#include "engine/deadline.h"
#include "test/world.h"

#define HARD ",\"title\":\"一号院院墙歪斜\",\"text\":\"雨后院墙外倾，街道没有处置资质\",\"cannot_because\":\"cooperate.wall_safety\""

static struct answer blow(struct world *w, const struct who *who, const char *type, const char *rest)
{
    struct str body = arena_format(&w->arena, "{\"type\":\"%s\",\"area\":%lld,\"departments\":[%lld,%lld],\"lead\":%lld%s}",
                                   type, (long long)w->courtyard, (long long)w->org_urban, (long long)w->org_housing,
                                   (long long)w->org_urban, rest);
    return world_post(w, who, "/whistles", body.p);
}

static struct answer see(struct world *w, const struct who *who, int64_t id)
{
    return world_get(w, who, arena_format(&w->arena, "/matters/%lld", (long long)id).p);
}

static struct str state_of(struct world *w, int64_t id)
{
    struct answer a = see(w, &w->clerk, id);
    return answer_str(w, &a, "state");
}

/* A whistle that a leader has approved; `ret_calls` are those of 城管 (lead) and 住保. */
static int64_t blown(struct world *w, int64_t ret_calls[2])
{
    struct answer a = blow(w, &w->clerk, "hard", HARD);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    ret_calls[0] = answer_int(w, &a, "calls.0.id");
    ret_calls[1] = answer_int(w, &a, "calls.1.id");
    CHECK_INT(world_move(w, &w->leader, id, "approve", NULL), 200);
    return id;
}

/* --- review --------------------------------------------------------------------------------------------------------- */

TEST_WORLD(whistle_waits_for_a_leaders_review)
{
    struct answer a = blow(w, &w->clerk, "hard", HARD);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id"), call = answer_int(w, &a, "calls.0.id");
    CHECK(str_ends(a.location, arena_format(&w->arena, "/matters/%lld", (long long)id)));
    CHECK_STR(answer_str(w, &a, "kind"), "whistle");
    CHECK_STR(answer_str(w, &a, "state"), "review");
    CHECK_STR(answer_str(w, &a, "phase"), "open");
    CHECK_INT(answer_int(w, &a, "owner.org"), w->org_street);
    CHECK(str_starts(answer_str(w, &a, "number"), S("CS-261123-")));
    CHECK(answer_count(w, &a, "deadlines") == 2);
    CHECK_INT(answer_count(w, &a, "calls"), 2);
    CHECK_INT(answer_int(w, &a, "calls.0.org"), w->org_urban);
    CHECK_INT(answer_int(w, &a, "calls.0.lead"), 1);
    CHECK_INT(answer_int(w, &a, "calls.1.lead"), 0);
    CHECK_STR(answer_str(w, &a, "calls.0.state"), "prepared");
    CHECK(str_starts(answer_str(w, &a, "calls.0.number"), S("BD-261123-")));
    CHECK(answer_count(w, &a, "calls.0.deadlines") == 2);

    CHECK_INT(see(w, &w->urban, call).status, 404);           /* a department must not see what is not approved yet */
    CHECK_INT(see(w, &w->urban, id).status, 404);
    CHECK_INT(world_move(w, &w->urban, call, "report_in", NULL), 404);
    CHECK_INT(world_move(w, &w->clerk, id, "approve", NULL), 403);
    CHECK_INT(world_move(w, &w->clerk, id, "blow", NULL), 403);
    CHECK_INT(world_move(w, &w->clerk, call, "ring", NULL), 403);

    CHECK_INT(world_move(w, &w->leader, id, "approve", NULL), 200);
    CHECK_STR(state_of(w, id), "blown");
    CHECK_STR(state_of(w, call), "called");
    struct answer mine = see(w, &w->urban, call);
    CHECK_STR(answer_str(w, &mine, "history.1.verb"), "ring");
    CHECK_STR(answer_str(w, &mine, "history.1.who_name"), "领导乙");          /* who approved is who rang */
    CHECK_INT(mine.status, 200);
    CHECK_INT(answer_int(w, &mine, "owner.id"), w->org_urban);
    CHECK_INT(see(w, &w->urban, id).status, 200);
    CHECK_INT(see(w, &w->arbiter, call).status, 200);
    CHECK_INT(see(w, &w->clerk_far, id).status, 404);
    CHECK_INT(world_move(w, &w->leader, id, "approve", NULL), 409);
}

TEST_WORLD(whistle_refused_by_the_leader_tells_nobody)
{
    struct answer a = blow(w, &w->secretary, "enforce", HARD);
    int64_t id = answer_int(w, &a, "id"), call = answer_int(w, &a, "calls.0.id");
    CHECK_INT(world_move(w, &w->leader, id, "refuse", NULL), 422);
    CHECK_INT(world_move(w, &w->leader, id, "refuse", "{\"reason\":\"属街道基本履职\"}"), 200);
    CHECK_STR(state_of(w, id), "refused");
    CHECK_STR(state_of(w, call), "cancelled");
    CHECK_INT(see(w, &w->urban, call).status, 404);
}

TEST_WORLD(whistle_of_an_emergency_skips_the_review)
{
    struct answer a = blow(w, &w->worker1, "emergency", ",\"title\":\"院墙倒塌\",\"text\":\"压住车辆，人员已撤离\"");
    CHECK_INT(a.status, 201);
    CHECK_STR(answer_str(w, &a, "state"), "blown");
    CHECK_STR(answer_str(w, &a, "calls.0.state"), "called");
    int64_t call = answer_int(w, &a, "calls.0.id");
    world_advance(w, MINUTES(31));                            /* the urgent limit */
    CHECK_STR(state_of(w, call), "silent");
}

TEST_WORLD(whistle_approved_by_telephone_owes_a_signature)
{
    struct answer a = blow(w, &w->clerk, "hard", HARD);
    int64_t id = answer_int(w, &a, "id");
    CHECK_INT(world_move(w, &w->clerk, id, "log_approval", "{\"said\":\"同意\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "log_approval", "{\"who\":\"领导乙\",\"said\":\"同意\"}"), 200);
    a = see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "blown");
    CHECK_INT(answer_int(w, &a, "fields.unsigned"), 1);
    CHECK_INT(world_move(w, &w->clerk, id, "sign", NULL), 422);       /* only the photographed sheet is the signature */
}

TEST_WORLD(whistle_form_is_checked)
{
    struct answer a = blow(w, &w->clerk, "loud", HARD);
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "type");
    a = blow(w, &w->clerk, "hard", ",\"title\":\"院墙\",\"text\":\"歪了\"");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "cannot_because");
    a = blow(w, &w->clerk, "hard", ",\"title\":\"院墙\",\"text\":\"歪了\",\"cannot_because\":\"nonsense\"");
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "cannot_because");

    static const char *const wrong[] = {
        "\"departments\":[]", "\"departments\":[%URBAN%,%URBAN%]", "\"departments\":[%STREET%]", "\"departments\":[999999]",
        "\"departments\":[%URBAN%],\"lead\":%HOUSING%",
        "\"departments\":[%URBAN%],\"reply_by\":[{\"org\":%HOUSING%,\"due_at\":\"2026-11-24T09:00:00+08:00\"}]",
        "\"departments\":[%URBAN%],\"reply_by\":[{\"org\":%URBAN%,\"due_at\":\"2026-11-22T09:00:00+08:00\"}]",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct str rest = str_of(wrong[i]), part;
        struct buf b = buf_in(&w->arena);
        buf_format(&b, "{\"type\":\"hard\",\"area\":%lld" HARD ",", (long long)w->courtyard);
        for (bool name = false; str_cut(&rest, '%', &part); name = !name) {
            if (!name)
                buf_put(&b, part);
            else
                buf_int(&b, str_is(part, "URBAN") ? w->org_urban : str_is(part, "STREET") ? w->org_street : w->org_housing);
        }
        buf_char(&b, '}');
        CHECK_INT(world_post(w, &w->clerk, "/whistles", arena_z(&w->arena, buf_str(&b))).status, 422);
    }
}

TEST_WORLD(whistle_is_refused_to_those_outside)
{
    CHECK_INT(blow(w, &w->clerk_far, "hard", HARD).status, 403);
    CHECK_INT(blow(w, &w->worker2, "hard", HARD).status, 403);        /* another grid */
    CHECK_INT(blow(w, &w->urban, "hard", HARD).status, 403);
    CHECK_INT(blow(w, &w->auditor, "hard", HARD).status, 403);
    CHECK_INT(blow(w, &w->kiosk, "hard", HARD).status, 403);
    int status = blow(w, &w->nobody, "hard", HARD).status;
    CHECK(status == 401 || status == 403);
}

/* --- answering ------------------------------------------------------------------------------------------------------ */

TEST_WORLD(whistle_only_the_called_department_reports_in)
{
    int64_t call[2];
    blown(w, call);
    CHECK_INT(world_move(w, &w->housing, call[0], "report_in", NULL), 404);
    CHECK_INT(world_move(w, &w->clerk, call[0], "report_in", NULL), 403);
    CHECK_INT(see(w, &w->urban, call[1]).status, 200);        /* the lead one sees the others, and answers only for itself */
    CHECK_INT(world_move(w, &w->urban, call[1], "report_in", NULL), 403);
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", "{\"name\":\"城管甲\"}"), 200);
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 409);
    struct answer a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    CHECK_STR(answer_str(w, &a, "fields.answered_by"), "城管甲");
    CHECK_INT(answer_int(w, &a, "fields.in_time"), 1);
    a = world_get(w, &w->urban, "/matters?owner=me");                /* whoever comes has it among his own */
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(answer_int(w, &a, "items.0.id"), call[0]);
}

struct asked { struct world *w; int64_t matter; int seats; int64_t owner; };

static void read_seats(struct tx *tx, void *arg)
{
    struct asked *asked = arg;
    struct supervision s;
    struct matter m;
    struct rows rows = supervision_get(tx, asked->matter);
    while (supervision_row(&rows, &s))
        asked->seats++;
    if (matter_get(tx, asked->matter, &m))
        asked->owner = m.owner_org;
}

TEST_WORLD(whistle_silence_adds_a_supervising_seat_and_keeps_the_doing_seat)
{
    int64_t call[2];
    blown(w, call);
    struct asked before = { .w = w, .matter = call[0] };
    world_read(w, read_seats, &before);
    CHECK_INT(before.seats, 0);
    world_advance(w, HOURS(2) - SECONDS(1));
    CHECK_STR(state_of(w, call[0]), "called");
    world_advance(w, SECONDS(2));
    CHECK_STR(state_of(w, call[0]), "silent");
    struct asked after = { .w = w, .matter = call[0] };
    world_read(w, read_seats, &after);
    CHECK(after.seats > 0);
    CHECK_INT(after.owner, w->org_urban);

    CHECK_INT(world_move(w, &w->clerk, call[0], "urge", "{\"who\":\"城管值班\",\"said\":\"马上派人\",\"channel\":\"phone\"}"), 200);
    world_advance(w, HOURS(4) + SECONDS(1));                                         /* two working hours, with the noon between */
    struct answer a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "state"), "supervised");
    CHECK_INT(answer_int(w, &a, "fields.arbiter.id"), w->org_district);
    CHECK_INT(answer_int(w, &a, "fields.urged"), 2);
    CHECK_INT(answer_int(w, &a, "owner.id"), w->org_urban);

    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);     /* late, but it comes */
    a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    CHECK_INT(answer_int(w, &a, "fields.in_time"), 0);
}

TEST_WORLD(whistle_that_nobody_answers_is_ended_by_the_district_only)
{
    int64_t call[2];
    blown(w, call);
    world_advance(w, HOURS(5));
    CHECK_STR(state_of(w, call[0]), "silent");
    world_advance(w, HOURS(3));
    CHECK_STR(state_of(w, call[0]), "supervised");
    CHECK_INT(world_move(w, &w->leader, call[0], "absent", "{\"reason\":\"没人来\"}"), 403);
    CHECK_INT(world_move(w, &w->arbiter, call[0], "absent", "{\"reason\":\"约谈并通报\"}"), 200);
    CHECK_STR(state_of(w, call[0]), "absent");
}

TEST_WORLD(whistle_reply_by_is_each_departments_own)
{
    struct str rest = arena_format(&w->arena, HARD ",\"reply_by\":[{\"org\":%lld,\"due_at\":\"2026-11-23T09:20:00+08:00\"}]",
                                   (long long)w->org_housing);
    struct answer a = blow(w, &w->clerk, "hard", rest.p);
    CHECK_INT(a.status, 201);
    int64_t first = answer_int(w, &a, "calls.0.id"), second = answer_int(w, &a, "calls.1.id");
    CHECK_INT(world_move(w, &w->leader, answer_int(w, &a, "id"), "approve", NULL), 200);
    world_advance(w, MINUTES(21));
    CHECK_STR(state_of(w, first), "called");
    CHECK_STR(state_of(w, second), "silent");
}

TEST_WORLD(whistle_answer_logged_by_the_clerk_keeps_its_own_time)
{
    int64_t call[2];
    blown(w, call);
    CHECK_INT(world_move(w, &w->clerk, call[0], "log_answer", "{\"said\":\"这就来\"}"), 422);
    CHECK_INT(world_move(w, &w->urban, call[0], "log_answer", "{\"who\":\"甲\",\"said\":\"这就来\"}"), 403);
    world_advance(w, HOURS(2) + MINUTES(10));
    CHECK_STR(state_of(w, call[0]), "silent");
    CHECK_INT(world_move(w, &w->clerk, call[0], "log_answer",
                         "{\"who\":\"城管甲\",\"said\":\"这就来\",\"channel\":\"phone\",\"at\":\"2026-11-22T09:00:00+08:00\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, call[0], "log_answer",
                         "{\"who\":\"城管甲\",\"said\":\"这就来\",\"channel\":\"phone\",\"at\":\"2026-11-23T10:30:00+08:00\"}"), 200);
    struct answer a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    CHECK_STR(answer_str(w, &a, "fields.answered_by"), "城管甲");
    CHECK_INT(answer_int(w, &a, "fields.in_time"), 1);
    CHECK_INT(answer_int(w, &a, "fields.unsigned"), 1);
    CHECK_INT(world_move(w, &w->clerk, call[0], "sign", NULL), 422);
    CHECK_INT(world_move(w, &w->clerk, call[1], "answer_on_paper", NULL), 422);      /* no sheet was photographed */
}

TEST_WORLD(whistle_decline_needs_a_legal_basis_and_goes_to_the_district)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    struct str path = arena_format(&w->arena, "/matters/%lld/decline", (long long)call[0]);
    struct answer a = world_post(w, &w->urban, path.p, "{\"reason\":\"不归我们管理\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "basis");
    a = world_post(w, &w->urban, path.p, "{\"basis\":\"made.up\",\"reason\":\"不归我们管理\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "basis");
    static const char decline[] = "{\"basis\":\"basic.courtyard\",\"article\":\"某条例第三条\",\"reason\":\"属街道基本履职事项\"}";
    CHECK_INT(world_move(w, &w->housing, call[0], "decline", decline), 404);
    CHECK_INT(world_move(w, &w->urban, call[0], "decline", decline), 200);
    CHECK_STR(state_of(w, call[0]), "arbitrated");
    CHECK_INT(world_move(w, &w->leader, call[0], "uphold", "{\"reason\":\"应当到场\"}"), 403);
    CHECK_INT(world_move(w, &w->arbiter, call[0], "uphold", NULL), 422);
    CHECK_INT(world_move(w, &w->arbiter, call[0], "uphold", "{\"reason\":\"应当到场\"}"), 200);
    CHECK_STR(state_of(w, call[0]), "called");
    CHECK_INT(world_move(w, &w->urban, call[0], "decline", decline), 409);           /* no second refusal */

    CHECK_INT(world_move(w, &w->clerk, call[1], "log_decline",
                         "{\"who\":\"住保甲\",\"basis\":\"withdrawn.planning\",\"reason\":\"属规划部门职责\"}"), 200);
    CHECK_INT(world_move(w, &w->arbiter, call[1], "excuse", "{\"reason\":\"理由成立\"}"), 200);
    CHECK_STR(state_of(w, call[1]), "excused");
    CHECK_STR(state_of(w, id), "blown");                                             /* one is still called */
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);
    CHECK_INT(world_move(w, &w->urban, call[0], "finish", "{\"text\":\"已加固\"}"), 200);
    CHECK_STR(state_of(w, id), "gathered");
}

/* --- the end -------------------------------------------------------------------------------------------------------- */

TEST_WORLD(whistle_ends_with_its_calls_and_a_human_closes_it)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    CHECK_INT(world_move(w, &w->clerk, id, "close", "{\"result\":\"办完了\"}"), 409);
    CHECK_INT(world_move(w, &w->urban, call[0], "finish", "{\"text\":\"已拆除\"}"), 409);        /* not here yet */
    for (int i = 0; i < 2; i++) {
        const struct who *who = i ? &w->housing : &w->urban;
        CHECK_INT(world_move(w, who, call[i], "report_in", NULL), 200);
        CHECK_INT(world_move(w, &w->worker1, call[i], "arrive", "{\"people\":\"两人\"}"), 200);
        CHECK_STR(state_of(w, id), "blown");
        CHECK_INT(world_move(w, who, call[i], "finish", NULL), 422);
        CHECK_INT(world_move(w, who, call[i], "finish", "{\"text\":\"已拆除\"}"), 200);
    }
    CHECK_STR(state_of(w, id), "gathered");
    CHECK_INT(world_move(w, &w->clerk, id, "close", NULL), 422);
    CHECK_INT(world_move(w, &w->urban, id, "close", "{\"result\":\"办完了\"}"), 403);
    CHECK_INT(world_move(w, &w->clerk, id, "close", "{\"result\":\"院墙已拆除\",\"outcome\":\"solved\"}"), 200);
    CHECK_STR(state_of(w, id), "closed");
}

TEST_WORLD(whistle_withdrawn_calls_its_departments_off)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    CHECK_INT(world_move(w, &w->clerk, id, "withdraw", "{\"reason\":\"产权单位已修好\"}"), 200);
    CHECK_STR(state_of(w, id), "withdrawn");
    CHECK_STR(state_of(w, call[0]), "cancelled");
    CHECK_STR(state_of(w, call[1]), "cancelled");
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 409);
}

TEST_WORLD(whistle_can_call_another_department_later)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    struct str market = arena_format(&w->arena, "{\"department\":%lld}", (long long)w->org_market);
    struct str urban = arena_format(&w->arena, "{\"department\":%lld}", (long long)w->org_urban);
    CHECK_INT(world_move(w, &w->clerk, id, "add_department", urban.p), 409);
    CHECK_INT(world_move(w, &w->clerk, id, "add_department", market.p), 200);
    struct answer a = see(w, &w->clerk, id);
    CHECK_INT(answer_count(w, &a, "fields.calls"), 3);
    CHECK_STR(answer_str(w, &a, "fields.calls.2.state"), "called");
    a = see(w, &w->housing, id);
    CHECK_INT(answer_count(w, &a, "fields.calls"), 1);        /* its own; the lead one sees all */
    a = see(w, &w->urban, id);
    CHECK_INT(answer_count(w, &a, "fields.calls"), 3);
}

TEST_WORLD(whistle_from_a_report_is_one_thread)
{
    struct str body = arena_format(&w->arena, "{\"text\":\"一号院院墙歪了，下雨更危险\",\"area\":%lld}", (long long)w->courtyard);
    struct answer a = world_post(w, &w->clerk, "/reports", body.p);
    CHECK_INT(a.status, 201);
    int64_t report = answer_int(w, &a, "id");
    a = blow(w, &w->clerk, "hard", arena_format(&w->arena, HARD ",\"from\":%lld", (long long)report).p);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    CHECK_INT(answer_int(w, &a, "source"), report);
    a = see(w, &w->clerk, report);
    bool linked = false;
    for (int i = 0; i < answer_count(w, &a, "links"); i++)
        linked |= answer_int(w, &a, arena_format(&w->arena, "links.%d.id", i).p) == id;
    CHECK(linked);
    CHECK_INT(blow(w, &w->clerk, "hard", HARD ",\"from\":987654").status, 404);
    CHECK_INT(world_move(w, &w->clerk, id, "withdraw", "{\"reason\":\"已自行解决\"}"), 200);
    a = see(w, &w->clerk, report);
    CHECK_STR(answer_str(w, &a, "history.1.verb"), "followed");                     /* whoever has the report hears of it */
    CHECK(str_has(answer_str(w, &a, "history.1.note"), S("CS-")));
    CHECK_INT(answer_int(w, &a, "version"), 2);
}

/* --- joint record and ratings ---------------------------------------------------------------------------------------- */

#define RECORD "{\"at\":\"2026-11-23T10:00:00+08:00\",\"came\":[\"城管局 城管甲\",\"街道 书记丙\"],\"found\":\"院墙外倾八厘米\"," \
               "\"decided\":\"三日内拆除\",\"by_when\":\"2026-11-26T18:00:00+08:00\"}"

TEST_WORLD(whistle_joint_record_binds_when_both_sides_agree)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);
    world_advance(w, MINUTES(90));
    CHECK_INT(world_move(w, &w->urban, call[0], "agree_record", NULL), 409);         /* not on site */
    CHECK_INT(world_move(w, &w->urban, call[0], "arrive", NULL), 200);
    CHECK_INT(world_move(w, &w->urban, call[0], "agree_record", NULL), 409);         /* no record */
    CHECK_INT(world_move(w, &w->clerk, id, "sign_record", NULL), 409);
    CHECK_INT(world_move(w, &w->secretary, id, "joint_record", "{\"at\":\"2026-11-23T10:00:00+08:00\"}"), 422);
    CHECK_INT(world_move(w, &w->secretary, id, "joint_record", RECORD), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "sign_record", NULL), 409);               /* the department has not agreed */
    CHECK_INT(world_move(w, &w->housing, call[0], "agree_record", NULL), 404);
    CHECK_INT(world_move(w, &w->urban, call[0], "agree_record", NULL), 200);
    CHECK_INT(world_move(w, &w->secretary, id, "joint_record", RECORD), 200);        /* other words: agreed no more */
    CHECK_INT(world_move(w, &w->clerk, id, "sign_record", NULL), 409);
    CHECK_INT(world_move(w, &w->urban, call[0], "agree_record", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "sign_record", NULL), 200);
    CHECK_INT(world_move(w, &w->secretary, id, "joint_record", RECORD), 409);
    struct answer a = see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.record.draft"), 0);
    CHECK_STR(answer_str(w, &a, "fields.record.came.1"), "街道 书记丙");
    a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "due_at"), "2026-11-26T18:00:00+08:00");             /* the date that was decided */
}

TEST_WORLD(whistle_ratings_are_seen_by_the_district_assessor_only)
{
    int64_t call[2];
    blown(w, call);
    CHECK_INT(world_move(w, &w->clerk, call[0], "rate", "{\"score\":\"5\"}"), 409);  /* not finished */
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);
    CHECK_INT(world_move(w, &w->urban, call[0], "finish", "{\"text\":\"已拆除\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, call[0], "rate", "{\"score\":\"9\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, call[0], "rate", "{\"score\":\"2\",\"remark\":\"来得太晚了\"}"), 200);
    CHECK_INT(world_move(w, &w->urban, call[0], "rate", "{\"score\":\"1\",\"remark\":\"现场没有人接\"}"), 200);
    CHECK_INT(world_move(w, &w->housing, call[0], "rate", "{\"score\":\"3\"}"), 404);
    const struct who *both[] = { &w->clerk, &w->leader, &w->urban };
    for (size_t i = 0; i < COUNT(both); i++) {
        struct answer a = see(w, both[i], call[0]);
        CHECK_INT(a.status, 200);
        CHECK(!str_has(a.body, S("来得太晚")) && !str_has(a.body, S("没有人接")) && !str_has(a.body, S("\"score\":\"2\"")));
        CHECK_INT(answer_count(w, &a, "fields.ratings"), -1);
    }
    struct answer a = see(w, &w->arbiter, call[0]);
    CHECK_INT(answer_count(w, &a, "fields.ratings"), 2);
    CHECK_STR(answer_str(w, &a, "fields.ratings.0.by"), "department");
    CHECK_INT(answer_int(w, &a, "fields.ratings.1.score"), 2);
    CHECK_INT(world_get(w, &w->clerk, "/whistle-ratings").status, 403);
    a = world_get(w, &w->arbiter, "/whistle-ratings");
    CHECK_INT(answer_count(w, &a, "items"), 2);
}

/* --- links ---------------------------------------------------------------------------------------------------------- */

static const char *link_of(struct world *w, const struct answer *a, const char *path)
{
    struct str link = answer_str(w, a, path);
    CHECK(str_starts(link, S("/a/")));
    return arena_format(&w->arena, "/public/answer/%.*s", (int)link.n - 3, link.p + 3).p;
}

#define ME "\"name\":\"城管甲\",\"phone\":\"13800000011\""

TEST_WORLD(whistle_link_answers_once_without_an_account)
{
    int64_t call[2];
    int64_t id = blown(w, call);
    struct answer a = see(w, &w->urban, call[0]);
    CHECK_STR(answer_str(w, &a, "fields.link"), "");                                 /* handed out by the desk only */
    a = see(w, &w->clerk, call[0]);
    const char *link = link_of(w, &a, "fields.link");

    a = world_get(w, &w->nobody, link);
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "org_name"), "示范区城市管理局");
    CHECK_STR(answer_str(w, &a, "actions.0"), "report_in");
    CHECK(answer_count(w, &a, "bases") > 10);
    CHECK_INT(world_get(w, &w->nobody, arena_format(&w->arena, "%s0", link).p).status, 404);
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"report_in\"}").status, 422);
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"finish\",\"text\":\"好了\"," ME "}").status, 409);
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"uphold\"," ME "}").status, 422);
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"decline\",\"text\":\"不归我们管\"," ME "}").status, 422);

    a = world_post(w, &w->nobody, link, "{\"action\":\"report_in\"," ME "}");        /* the refusals used nothing up */
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    const char *next = link_of(w, &a, "link");
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"report_in\"," ME "}").status, 410);
    CHECK_INT(world_get(w, &w->nobody, link).status, 410);
    a = see(w, &w->clerk, call[0]);
    CHECK_STR(answer_str(w, &a, "fields.answered_by"), "城管甲");
    CHECK_STR(answer_str(w, &a, "fields.answered_channel"), "link");

    a = world_post(w, &w->nobody, next, "{\"action\":\"finish\",\"text\":\"已拆除\"," ME "}");
    CHECK_INT(a.status, 200);
    CHECK_STR(state_of(w, call[0]), "finished");
    CHECK_STR(answer_str(w, &a, "link"), "");
    CHECK_STR(state_of(w, id), "blown");
}

TEST_WORLD(whistle_link_expires_and_can_be_made_again)
{
    int64_t call[2];
    blown(w, call);
    struct answer a = see(w, &w->clerk, call[0]);
    const char *link = link_of(w, &a, "fields.link");
    CHECK_INT(world_move(w, &w->urban, call[0], "relink", NULL), 403);
    CHECK_INT(world_move(w, &w->clerk, call[0], "relink", NULL), 200);
    CHECK_INT(world_get(w, &w->nobody, link).status, 410);                           /* the old one is dead */
    a = see(w, &w->clerk, call[0]);
    link = link_of(w, &a, "fields.link");
    CHECK_INT(world_get(w, &w->nobody, link).status, 200);
    w->clock.at += DAYS(7) + SECONDS(1);
    CHECK_INT(world_get(w, &w->nobody, link).status, 410);
    CHECK_INT(world_post(w, &w->nobody, link, "{\"action\":\"report_in\"," ME "}").status, 410);
}

/* --- figures --------------------------------------------------------------------------------------------------------- */

static int64_t answered_minutes(struct world *w)
{
    struct answer a = world_get(w, &w->leader, "/figures/whistle.answer_minutes");
    CHECK_INT(a.status, 200);
    struct str rest = str_from(a.body, str_find(a.body, S("\"value\":")) + 8), number;
    int64_t minutes = 0;
    CHECK(str_cut(&rest, ',', &number) && str_to_i64(str_head(number, str_find(number, S("."))), &minutes));
    return minutes;
}

TEST_WORLD(whistle_figures_name_what_they_leave_out)
{
    int64_t call[2], more[2];
    blown(w, call);
    blown(w, more);
    w->clock.at += MINUTES(10);
    CHECK_INT(world_move(w, &w->urban, call[0], "report_in", NULL), 200);
    CHECK_INT(world_move(w, &w->housing, call[1], "decline", "{\"basis\":\"basic.grid\",\"reason\":\"属街道职责范围\"}"), 200);
    CHECK_INT(world_move(w, &w->arbiter, call[1], "excuse", "{\"reason\":\"理由成立\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, more[1], "log_answer", "{\"who\":\"住保甲\",\"said\":\"在路上\"}"), 200);
    CHECK_INT(answered_minutes(w), 10);
    w->clock.at += MINUTES(31);
    CHECK_INT(world_move(w, &w->urban, more[0], "report_in", NULL), 200);
    CHECK_INT(answered_minutes(w), 10);                                              /* 10, 10, 41: the middle one */
    blown(w, more);
    world_advance(w, HOURS(2) + SECONDS(1));                                         /* both are silent */
    struct answer a = world_get(w, &w->leader, "/figures/whistle.answered_in_time");
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "numerator"), 3);
    CHECK_INT(answer_int(w, &a, "denominator"), 5);
    CHECK_INT(answer_int(w, &a, "exclusions.0.count"), 1);
    a = world_get(w, &w->leader, "/figures/whistle.blown");
    CHECK_INT(answer_int(w, &a, "numerator"), 3);
    a = world_get(w, &w->clerk_far, "/figures/whistle.answer_minutes");              /* nothing there: no value, not 0 */
    CHECK(str_has(a.body, S("\"value\":null")));
}
