/* elder_test.c -- the elder's file, consents, the family's line, the night print-out and the importer, on both stores. */
#include "engine/office/csv.h"
#include "modules/care/care.h"
#include "modules/care/care_test.h"
#include "test/test.h"

static struct str path_of(struct world *w, int64_t elder, const char *rest)
{
    return arena_format(&w->arena, "/elders/%lld%s", (long long)elder, rest);
}

TEST_WORLD(care_a_file_is_masked_and_opens_for_a_logged_reason)
{
    int64_t id = care_elder(w, "演示老人甲", ",\"id_number\":\"41010219400101001X\",\"dialect\":\"郑州话\",\"hearing\":\"hard\"");
    struct answer a = world_get(w, &w->worker1, path_of(w, id, "").p);
    CHECK_INT(a.status, 200);
    CHECK(!str_has(a.body, S("演示老人甲")));
    CHECK(!str_has(a.body, S("13800009003")));
    CHECK_STR(answer_str(w, &a, "risk"), "high");
    CHECK_STR(answer_str(w, &a, "risk_rule"), "alone80");
    CHECK_STR(answer_str(w, &a, "dialect"), "郑州话");
    CHECK_INT(world_post(w, &w->worker1, path_of(w, id, "/open").p, "{\"reason\":\"看\"}").status, 422);
    a = world_post(w, &w->worker1, path_of(w, id, "/open").p, "{\"reason\":\"上门复核档案\"}");
    CHECK_STR(answer_str(w, &a, "name"), "演示老人甲");
    CHECK_STR(answer_str(w, &a, "contacts.0.name"), "持钥甲");
    a = world_get(w, &w->auditor, arena_format(&w->arena, "/persons/%lld/access", (long long)id).p);
    CHECK_STR(answer_str(w, &a, "items.0.reason"), "上门复核档案");
    CHECK_INT(world_get(w, &w->worker2, path_of(w, id, "").p).status, 404);          /* another grid */
    CHECK_INT(world_get(w, &w->clerk_far, path_of(w, id, "").p).status, 404);
    CHECK_INT(world_get(w, &w->urban, path_of(w, id, "").p).status, 403);
    a = world_get(w, &w->clerk_far, "/elders");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->clerk, "/elders?risk=high");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    a = world_get(w, &w->clerk, "/elders?q=9001");
    CHECK_INT(answer_int(w, &a, "items.0.id"), id);
    a = world_get(w, &w->clerk_far, "/elders?q=13800009001");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    world_advance(w, DAYS(366));
    a = world_get(w, &w->clerk, "/elders?review=true");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(world_post(w, &w->clerk, path_of(w, id, "/review").p, "{\"text\":\"无变化\"}").status, 200);
    a = world_get(w, &w->clerk, "/elders?review=true");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

TEST_WORLD(care_medical_notes_stand_and_fall_with_their_consent)
{
    int64_t id = care_elder(w, "演示老人甲", "");
    struct answer a = world_call(w, &w->clerk, PUT, path_of(w, id, "").p, "{\"medical\":\"演示：高血压\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "medical");
    CHECK_INT(care_consent(w, id, "medical"), 200);
    CHECK_INT(world_call(w, &w->clerk, PUT, path_of(w, id, "").p, "{\"medical\":\"演示：高血压\"}").status, 200);
    a = world_post(w, &w->clerk, path_of(w, id, "/open").p, "{\"reason\":\"上门复核档案\"}");
    CHECK(!str_has(a.body, S("高血压")));
    a = world_post(w, &w->clerk, path_of(w, id, "/open").p, "{\"reason\":\"上门复核档案\",\"medical\":true}");
    CHECK_STR(answer_str(w, &a, "medical"), "演示：高血压");
    CHECK_INT(world_post(w, &w->clerk, path_of(w, id, "/consents/medical/stop").p, "{\"text\":\"本人要求\"}").status, 200);
    CHECK_INT(care_consent(w, id, "medical"), 200);
    a = world_post(w, &w->clerk, path_of(w, id, "/open").p, "{\"reason\":\"上门复核档案\",\"medical\":true}");
    CHECK_STR(answer_str(w, &a, "medical"), "");                 /* gone, not hidden */
    CHECK_INT(world_call(w, &w->clerk, PUT, path_of(w, id, "").p, "{\"needs\":[\"guardian\"]}").status, 200);
    CHECK_INT(care_consent(w, id, "keys"), 422);                 /* a guardian consents for this elder */
}

TEST_WORLD(care_the_family_gets_one_line_a_day_until_the_elder_stops_it)
{
    int64_t id = care_elder(w, "演示老人甲", "");
    care_device(w, "KEY-1", id, 3600, "示范厂");
    CHECK_INT(world_post(w, &w->clerk, path_of(w, id, "/family").p, "{}").status, 409);
    CHECK_INT(care_consent(w, id, "family_line"), 200);
    struct answer a = world_post(w, &w->clerk, path_of(w, id, "/family").p, "{}");
    CHECK_INT(a.status, 200);
    struct str page = arena_join(&w->arena, S("/public"), answer_str(w, &a, "link"));
    a = world_post(w, &w->clerk, path_of(w, id, "/page").p, "{}");
    struct str own = arena_join(&w->arena, S("/public"), answer_str(w, &a, "link"));
    w->clock.at += HOURS(9);                                     /* 18:00 */
    care_tell(w, "KEY-1", "info", "1");
    world_advance(w, MINUTES(1));
    a = world_get(w, &w->nobody, page.p);
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_count(w, &a, "days"), 1);
    CHECK(str_has(answer_str(w, &a, "days.0.line"), S("今日平安")));
    CHECK(!str_has(a.body, S("桂花")));                          /* no place, no number */
    world_advance(w, MINUTES(5));
    a = world_get(w, &w->nobody, page.p);
    CHECK_INT(answer_count(w, &a, "days"), 1);
    a = world_get(w, &w->nobody, own.p);
    CHECK_INT(answer_int(w, &a, "family_line"), 1);
    CHECK_INT(world_get(w, &w->nobody, "/public/family/1-1-0123456789abcdef0123456789abcdef").status, 404);
    CHECK_INT(world_post(w, &w->nobody, arena_join(&w->arena, own, S("/stop")).p, "{}").status, 200);
    CHECK_INT(world_get(w, &w->nobody, page.p).status, 410);
    world_advance(w, DAYS(1));
    a = world_get(w, &w->nobody, own.p);
    CHECK_INT(answer_count(w, &a, "days"), 1);                   /* nothing is even noted any more */
}

static void read_in(struct world *w, struct import *import, struct str csv)
{
    struct table *table = arena_new(&w->arena, struct table);
    struct fault fault = { 0 };
    CHECK_INT(csv_read(&w->arena, csv, NULL, table), 0);
    CHECK(import_read(import, &care_import_elders, &w->arena, table, &fault));
    struct tx *tx = read_begin(w->engine->store, &w->arena);
    CHECK(import_preview(import, tx, &w->clerk));
    read_end(tx);
}

TEST_WORLD(care_elders_go_out_and_come_in_again_unchanged)
{
    struct import first = { 0 }, again = { 0 };
    struct fault fault = { 0 };
    read_in(w, &first, S("姓名,身份证号,联系电话,区域编码,是否独居,家属,家属电话\n"
        "演示老人甲,41010219400101001X,13800009001,999901001001001-Y01-1,是,家属乙,13800009003\n"
        "演示老人丙,,13800009009,999901001001001-Y01-1,也许,,\n"
        "演示老人丁,,13800009010,999901002001001,否,,\n"));                     /* another street's */
    CHECK_INT(first.counts[IMPORT_NEW], 1);
    CHECK_INT(first.counts[IMPORT_WRONG], 2);
    CHECK(import_apply(&first, w->engine->store, &w->clerk, NULL, NULL, &fault));
    struct answer a = world_get(w, &w->clerk, "/elders");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.risk"), "high");
    CHECK_INT(world_post(w, &w->worker1, "/exports/elders", "{\"reason\":\"迁移到新系统\"}").status, 403);
    a = world_post(w, &w->clerk, "/exports/elders", "{\"reason\":\"迁移到新系统\",\"csv\":true}");
    CHECK_INT(a.status, 200);
    read_in(w, &again, a.body);
    CHECK_INT(again.counts[IMPORT_SAME], 1);
    CHECK_INT(again.row_count, 1);
}

TEST_WORLD(care_the_night_sheet_is_logged_for_each_elder)
{
    int64_t id = care_elder(w, "演示老人甲", ",\"id_number\":\"41010219400101001X\"");
    CHECK_INT(world_post(w, &w->worker1, "/care/night-sheet", "{\"reason\":\"夜间值守备用\"}").status, 403);
    CHECK_INT(world_post(w, &w->duty, "/care/night-sheet", "{}").status, 422);
    struct answer a = world_post(w, &w->duty, "/care/night-sheet", "{\"reason\":\"夜间值守备用\"}");
    CHECK(str_has(a.body, S("演示老人甲")));
    CHECK(str_has(a.body, S("13800009002")));
    CHECK(str_has(a.body, S("高风险（1 人）")));
    a = world_get(w, &w->auditor, arena_format(&w->arena, "/persons/%lld/access", (long long)id).p);
    CHECK_STR(answer_str(w, &a, "items.0.reason"), "夜间值守备用");
    a = world_post(w, &w->clerk_far, "/care/night-sheet", "{\"reason\":\"夜间值守备用\"}");
    CHECK(!str_has(a.body, S("演示老人甲")));
}

static void is_empty(struct tx *tx, void *arg)
{
    struct elder e;
    struct care_contact list[CONTACTS_MAX];
    CHECK_INT(care_contacts(tx, *(int64_t *)arg, list), 0);
    CHECK(care_elder_get(tx, *(int64_t *)arg, &e));              /* that there was a file stays, what stood in it does not */
    CHECK_INT(e.spoken.n, 0);
}

TEST_WORLD(care_erasing_a_resident_empties_the_file)
{
    int64_t id = care_elder(w, "演示老人甲", "");
    CHECK_INT(world_post(w, &w->admin, arena_format(&w->arena, "/persons/%lld/erase", (long long)id).p, "{\"reason\":\"本人书面要求\"}").status, 200);
    CHECK_INT(world_get(w, &w->clerk, path_of(w, id, "").p).status, 404);
    world_read(w, is_empty, &id);
}
