/* fill.c -- a million matters in a minute, for measuring what a full house does to lists, searches and intake. See bench.h.
 * Columns stand as the migrations name them; ids of blocks and cursors are moved on, so that the program goes on behind. */
#include "bench/bench.h"

#include "base/arena.h"
#include "base/clock.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_EVERY = 20000, DAYS_BACK = 730 };

static const char *const places[] = { "门口", "楼道里", "小区北门", "菜市场旁", "学校门前", "地下车库", "河边步道", "公交站台", "三单元", "广场东侧",
                                      "老年活动室", "幼儿园外", "电梯间", "楼顶", "快递柜旁" };
static const char *const troubles[] = { "水管漏水", "路灯不亮", "井盖破损", "垃圾成堆", "墙皮脱落", "电动车飞线充电", "占道经营", "油烟扰民", "夜间施工噪音",
    "树枝遮挡路灯", "下水道堵塞", "电梯停运", "消防通道被占", "违章搭建", "暖气不热", "燃气异味", "积水难行", "宠物粪便", "广告牌松动", "健身器材损坏", "楼上漏水",
    "停水多日", "线缆下垂", "绿地被毁", "共享单车乱停", "公厕无水", "围墙开裂", "车位纠纷", "门禁失灵", "物业不作为" };
static const char *const wishes[] = { "请尽快派人查看", "已经反映过两次", "老人出行不便", "孩子上学必经", "影响居民休息", "存在安全隐患", "请给予答复", "邻居都有意见" };
static const char *const categories[] = { "E0110", "E0102", "E0104", "E0505", "E0506", "E0504", "E0508", "E0101", "E0603", "E0404", "E0402", "P0118",
                                          "P0104", "E0301", "E0601", "E0602", "E0604", "E0408", "E0204" };
static const char *const channels[] = { "phone", "12345", "web", "patrol", "wechat", "counter" };
static const struct { const char *name; int phase; } states[] = {
    { "closed", 4 }, { "new", 1 }, { "accepted", 1 }, { "assigned", 1 }, { "handling", 2 }, { "resolved", 3 }, { "rejected", 5 } };

enum { MATTER, HISTORY, DEADLINE, OUTBOX, REPORT, REPORTER, BEGIN, COMMIT, STATEMENTS };
static const char *const sql[] = {
    [MATTER] = "insert into matter(id, kind, state, phase, title, body, category, channel, urgency, secrecy, area, street, community, grid, lat,"
               " lon, owner_org, owner_account, opened_at, changed_at, due_at, late, closed_at, version)"
               " values (?1, 'report', ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?8, ?9, ?10, ?8, 0, 0, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 2)",
    [HISTORY] = "insert into history(matter, seq, at, logged_at, account, who_name, verb, from_state, to_state, channel, note, salt, payload_digest, hash)"
                " values (?1, ?2, ?3, ?3, ?4, '测试员', ?5, ?6, ?7, 'web', ?8, ?9, ?10, ?10)",
    [DEADLINE] = "insert into deadline(matter, name, round, started_at, due_at, done_at, fire_at, fired) values (?1, ?2, 1, ?3, ?4, ?5, ?6, 0)",
    [OUTBOX] = "insert into outbox(id, at, kind, verb, from_state, to_state, from_phase, to_phase, matter, area, street, community, grid, org, category,"
               " channel, urgency, secrecy, title, silent, late_delta, unclaimed_delta, step)"
               " values (?1, ?2, 'report', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?9, ?12, ?13, ?14, 0, 0, ?15, 0, 0, ?16, ?17)",
    [REPORT] = "insert into report(id, nature, due_close, assigned_at, done_at, called_at, outcome, responded, resolved, satisfied, responded_counts,"
               " resolved_counts, satisfied_counts) values (?1, 'help', ?2, ?3, ?4, ?4, ?5, 'yes', 'yes', 'yes', ?6, ?6, ?6)",
    [REPORTER] = "insert into matter_reporter(id, matter, phone_sealed, phone_blind, confidential, channel, at) values (?1, ?1, ?2, ?3, 0, 'phone', ?4)",
    [BEGIN] = "begin", [COMMIT] = "commit",
};
struct loader { sqlite3 *db; sqlite3_stmt *st[STATEMENTS]; const struct office *office; int64_t event; ms from, now; };

static void bind(sqlite3_stmt *st, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i') {
            sqlite3_bind_int64(st, i + 1, va_arg(args, int64_t));
        } else if (types[i] == 'o') {                       /* 0: nothing */
            int64_t v = va_arg(args, int64_t);
            v ? sqlite3_bind_int64(st, i + 1, v) : sqlite3_bind_null(st, i + 1);
        } else if (types[i] == 'b') {
            sqlite3_bind_blob(st, i + 1, va_arg(args, const void *), 32, SQLITE_STATIC);
        } else {
            sqlite3_bind_text(st, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
        }
    }
    va_end(args);
    if (sqlite3_step(st) != SQLITE_DONE)
        fail(sqlite3_errmsg(sqlite3_db_handle(st)));
    sqlite3_reset(st);
}

static void put_one(struct loader *l, int64_t id, int64_t count)
{
    const struct office *o = l->office;
    char title[200], body[900];
    uint8_t noise[32];
    int s = (int)(any() % BENCH_STREETS), g = (int)(any() % BENCH_GRIDS), c = g * BENCH_COMMUNITIES / BENCH_GRIDS;
    ms at = l->from + (l->now - l->from) / count * id, week = DAYS(7);
    bool young = l->now - at < 2 * week;
    bool ended = any() % 1000 < (young ? 300 : 965);
    int state = ended ? (any() % 40 ? 0 : 6) : 1 + (int)(any() % 5);
    bool taken = ended || states[state].phase >= 2;
    ms due = at + HOURS(2 + any() % 100), end = ended ? at + HOURS(1 + any() % 120) : 0;
    end = end > l->now ? l->now : end;
    bool late = !ended && due < l->now;
    const char *category = categories[any() % COUNT(categories)], *channel = channels[any() % COUNT(channels)];
    const char *place = places[any() % COUNT(places)], *trouble = troubles[any() % COUNT(troubles)];
    snprintf(title, sizeof title, "%s%s%u", place, trouble, any() % 1000);
    snprintf(body, sizeof body, "%s%s，%s，%s还有%s，%s。编号%u，请街道安排。", place, trouble, wishes[any() % COUNT(wishes)], places[any() % COUNT(places)],
             troubles[any() % COUNT(troubles)], wishes[any() % COUNT(wishes)], any());
    for (int i = 0; i < 8; i++)
        memcpy(noise + 4 * i, &(uint32_t){ any() }, 4);
    int64_t grid = o->grids[s][g], street = o->streets[s], community = o->communities[s][c], org = o->orgs[s][c];
    int64_t account = taken ? o->accounts[s] : 0;
    bind(l->st[MATTER], "itittttiiiioiiiio", id, states[state].name, (int64_t)states[state].phase, title, body, category, channel, grid, street,
         community, org, account, at, end ? end : at, due, (int64_t)late, end);
    bind(l->st[HISTORY], "iiiottttbb", id, (int64_t)1, at, account, "open", "", "new", "", noise, noise);
    bind(l->st[HISTORY], "iiiottttbb", id, (int64_t)2, end ? end : at + MINUTES(20), account, ended ? "callback" : "assign", "new", states[state].name,
         ended ? "已处理完毕，现场复查正常" : "", noise, noise);
    bind(l->st[DEADLINE], "itiioo", id, "report.total", at, at + DAYS(15), end, end || at + DAYS(15) < l->now ? (int64_t)0 : at + DAYS(15));
    bind(l->st[DEADLINE], "itiioo", id, "report.accept", at, due, end, end || due < l->now ? (int64_t)0 : due);
    bind(l->st[OUTBOX], "iitttiiiiiiitttii", ++l->event, at, "open", "", "new", (int64_t)0, (int64_t)1, id, grid, street, community, org,
         category, channel, title, (int64_t)(account ? 0 : 1), (int64_t)1);
    bind(l->st[REPORT], "iiooti", id, at + DAYS(15), taken ? at + MINUTES(30) : (ms)0, end, end ? "reached" : "", (int64_t)(end != 0));
    if (any() % 3 == 0)
        bind(l->st[REPORTER], "ibbi", id, noise, noise, at);
}

static const char after[] =
    "delete from id_block where name in ('matter', 'outbox', 'matter_reporter');"
    "insert into id_block(name, next) select 'matter', max(id) + 1 from matter union all select 'outbox', max(id) + 1 from outbox"
    " union all select 'matter_reporter', max(id) + 1 from matter_reporter;"
    "delete from cursor_of where name = 'figure'; insert into cursor_of(name, seq) select 'figure', max(id) from outbox;"
    "insert into area_now(area, kind, what, n) select area, kind, 'open', count(*) from matter where phase < 4 group by area, kind;"
    "insert into area_now(area, kind, what, n) select area, kind, 'late', sum(late) from matter where phase < 4 group by area, kind;"
    "insert into area_now(area, kind, what, n) select area, kind, 'unclaimed', count(*) from matter where phase < 4 and owner_account is null"
    " group by area, kind;"
    "insert into figure_count(day, area, kind, what, n) select cast(strftime('%Y%m%d', opened_at / 1000 + 28800, 'unixepoch') as integer) as day,"
    " area, kind, 'opened', count(*) from matter group by day, area, kind;"
    "insert into figure_count(day, area, kind, what, n) select cast(strftime('%Y%m%d', closed_at / 1000 + 28800, 'unixepoch') as integer) as day,"
    " area, kind, 'done', count(*) from matter where phase = 4 group by day, area, kind;"
    "pragma wal_checkpoint(truncate);";

void fill_matters(const char *dir, const struct office *o, int64_t count)
{
    char path[700];
    struct clock *clock = clock_system();
    struct loader l = { .office = o, .now = clock->now(clock) };
    l.from = l.now - DAYS(DAYS_BACK);
    snprintf(path, sizeof path, "%s/wuxing.db", dir);
    if (sqlite3_open_v2(path, &l.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(l.db, "pragma synchronous=off; pragma cache_size=-262144; pragma wal_autocheckpoint=100000", NULL, NULL, NULL) != SQLITE_OK)
        fail("the store cannot be opened for filling");
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v2(l.db, sql[i], -1, &l.st[i], NULL) != SQLITE_OK)
            fail(sqlite3_errmsg(l.db));
    bind(l.st[BEGIN], "");
    for (int64_t id = 1; id <= count; id++) {
        put_one(&l, id, count);
        if (id % COMMIT_EVERY == 0) {
            bind(l.st[COMMIT], "");
            bind(l.st[BEGIN], "");
        }
    }
    bind(l.st[COMMIT], "");
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(l.st[i]);
    if (sqlite3_exec(l.db, after, NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(l.db));
    sqlite3_close(l.db);
}
