/* scan_test.c -- the printed code, photographed, is the move; what is not ours, not signed for or not visible is refused. */
#include "engine/scan.h"

#include "engine/office/jail.h"
#include "engine/office/qr.h"
#include "test/world.h"

TEST(scan_text_is_read_back)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str text = scan_text(&a, S("BD-261123-4711"), "whistle_notice"), form;
    int64_t id = 0;
    CHECK_STR(text, "wx:BD-261123-4711:whistle_notice");
    CHECK(scan_read(text, &id, &form));
    CHECK_INT(id, 4711);
    CHECK_STR(form, "whistle_notice");
    static const char *const wrong[] = { "", "wx", "wx:", "wx:BD-261123-4711", "wx:BD-261123-4711:", "wx:BD-261123:form",
        "yx:BD-261123-4711:form", "wx:BD-261123-4711:form:more", "https://example.invalid/", "wx:BD-261123--5:form",
        "wx:BD-261123-4711:form:", "wx:BD-261123-4711:Form 1", "wx:BD-261123-4711:   " };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!scan_read(str_of(wrong[i]), &id, &form));
}

static int64_t approved_call(struct world *w, int64_t *ret_whistle)
{
    struct str body = arena_format(&w->arena, "{\"type\":\"hard\",\"title\":\"院墙歪斜\",\"text\":\"街道没有资质\",\"area\":%lld,"
                                   "\"departments\":[%lld],\"cannot_because\":\"cooperate.wall_safety\"}",
                                   (long long)w->courtyard, (long long)w->org_urban);
    struct answer a = world_post(w, &w->clerk, "/whistles", body.p);
    CHECK_INT(a.status, 201);
    *ret_whistle = answer_int(w, &a, "id");
    return answer_int(w, &a, "calls.0.id");
}

/* The jail is forked before any thread: a world has some. */
static struct world *start(struct test_db *db)
{
    CHECK(jail_start());
    return world_open(db);
}

static void stop(struct world *w)
{
    world_close(w);
    jail_stop();
}

static struct answer photograph(struct world *w, const struct who *who, int64_t id, const char *prefix, const char *form,
                                const char *query)
{
    struct str number = arena_format(&w->arena, "%s-261123-%lld", prefix, (long long)id);
    struct call call = {
        .method = POST, .path = arena_format(&w->arena, "/api/v1/papers/scan%s", query), .who = who,
        .content_type = S("image/png"), .body = qr_png(&w->arena, scan_text(&w->arena, number, form), 6),
        .accept_language = S("zh-CN"), .address = S("127.0.0.1"),
    };
    struct answer answer = { 0 };
    api_call(w->api, &w->arena, &call, &answer);
    return answer;
}

TEST_STORES(scan_of_the_signed_sheet_is_the_move)
{
    struct world *w = start(db);
    int64_t whistle, call = approved_call(w, &whistle);
    struct answer a = photograph(w, &w->clerk, whistle, "CS", "whistle_notice", "?look=1");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "move.verb"), "approve_on_paper");
    CHECK_STR(answer_str(w, &a, "state"), "review");                  /* looked at, not done */
    CHECK_INT(answer_int(w, &a, "done"), 0);
    CHECK_INT(answer_int(w, &a, "file"), 0);

    a = photograph(w, &w->clerk, whistle, "CS", "whistle_notice", "");
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "done"), 1);
    CHECK_STR(answer_str(w, &a, "state"), "blown");
    CHECK(answer_int(w, &a, "file") > 0);

    world_advance(w, MINUTES(150));                                   /* the sheet was signed in time and typed in late */
    a = photograph(w, &w->clerk, call, "BD", "whistle_notice", "?at=2026-11-23T10:00:00%2B08:00");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)call).p);
    CHECK_INT(answer_int(w, &a, "fields.in_time"), 1);
    CHECK_STR(answer_str(w, &a, "fields.answered_channel"), "paper");
    CHECK_INT(answer_count(w, &a, "files"), 1);

    a = photograph(w, &w->clerk, call, "BD", "whistle_notice", "");    /* once more: filed, and nothing moves */
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "done"), 0);
    CHECK_STR(answer_str(w, &a, "state"), "here");
    stop(w);
}

TEST_STORES(scan_refuses_what_is_not_its_own)
{
    struct world *w = start(db);
    int64_t whistle;
    approved_call(w, &whistle);
    CHECK_INT(photograph(w, &w->clerk_far, whistle, "CS", "whistle_notice", "").status, 404);
    CHECK_INT(photograph(w, &w->urban, whistle, "CS", "whistle_notice", "").status, 403);
    CHECK_INT(photograph(w, &w->clerk, whistle, "CS", "no_such_form", "").status, 404);
    CHECK_INT(photograph(w, &w->clerk, 987654, "CS", "whistle_notice", "").status, 404);
    CHECK_INT(photograph(w, &w->clerk, whistle, "CS", "whistle_notice", "?at=2020-01-01T00:00:00%2B08:00").status, 422);
    struct answer a = photograph(w, &w->secretary, whistle, "CS", "whistle_notice", "");       /* sees it, may not approve */
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "done"), 0);
    CHECK_STR(answer_str(w, &a, "state"), "review");
    stop(w);
}
