/* world.c -- see world.h. */
#include "test/world.h"

#include "engine/account.h"
#include "engine/org.h"
#include "test/stores.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const struct module *const modules[] __attribute__((weak));      /* a binary of the lower layers has none */
static const struct module *const no_modules[] = { NULL };

/* --- the district -------------------------------------------------------------------------------------------------- */

static int64_t put_area(struct tx *tx, int64_t parent, enum level level, const char *code, const char *name, int64_t lat, int64_t lon)
{
    struct area a = { .parent = parent, .level = level, .code = str_of(code), .name = str_of(name), .lat = lat, .lon = lon };
    return area_put(tx, &a, 1);
}

static int64_t put_org(struct tx *tx, int64_t parent, int64_t area, const char *code, const char *name, const char *kind)
{
    struct org o = { .parent = parent, .area = area, .code = str_of(code), .name = str_of(name), .kind = str_of(kind) };
    return org_put(tx, &o);
}

static void fill_areas(struct tx *tx, void *arg)
{
    struct world *w = arg;
    w->district = put_area(tx, 0, LEVEL_DISTRICT, "999901", "示范区", 347000000, 1136000000);
    w->street = put_area(tx, w->district, LEVEL_STREET, "999901001", "梧桐街道", 347000000, 1136000000);
    w->street2 = put_area(tx, w->district, LEVEL_STREET, "999901002", "榆树街道", 347200000, 1136200000);
    w->community1 = put_area(tx, w->street, LEVEL_COMMUNITY, "999901001001", "桂花社区", 347010000, 1136010000);
    w->community2 = put_area(tx, w->street, LEVEL_COMMUNITY, "999901001002", "银杏社区", 347020000, 1136020000);
    w->community3 = put_area(tx, w->street2, LEVEL_COMMUNITY, "999901002001", "槐花社区", 347210000, 1136210000);
    w->grid1 = put_area(tx, w->community1, LEVEL_GRID, "999901001001001", "桂花一网格", 347011000, 1136011000);
    w->grid2 = put_area(tx, w->community1, LEVEL_GRID, "999901001001002", "桂花二网格", 347012000, 1136012000);
    w->grid3 = put_area(tx, w->community2, LEVEL_GRID, "999901001002001", "银杏一网格", 347021000, 1136021000);
    w->grid4 = put_area(tx, w->community3, LEVEL_GRID, "999901002001001", "槐花一网格", 347211000, 1136211000);
    w->courtyard = put_area(tx, w->grid1, LEVEL_COURTYARD, "999901001001001-Y01", "桂花路1号院", 347011500, 1136011500);
    w->unit = put_area(tx, w->courtyard, LEVEL_UNIT, "999901001001001-Y01-1", "1单元", 347011600, 1136011600);
}

/* The org that runs an area owns by default what happens there. */
static void run_by(struct tx *tx, int64_t area, int64_t org)
{
    struct area a;
    area_get(tx, area, &a);
    a.org = org;
    area_put(tx, &a, 1);
}

static void fill_orgs(struct tx *tx, void *arg)
{
    struct world *w = arg;
    w->org_district = put_org(tx, 0, w->district, "O-DISTRICT", "示范区政府", "district");
    w->org_street = put_org(tx, w->org_district, w->street, "O-STREET", "梧桐街道办事处", "street");
    w->org_street2 = put_org(tx, w->org_district, w->street2, "O-STREET2", "榆树街道办事处", "street");
    w->org_community1 = put_org(tx, w->org_street, w->community1, "O-C1", "桂花社区居委会", "community");
    w->org_community2 = put_org(tx, w->org_street, w->community2, "O-C2", "银杏社区居委会", "community");
    w->org_urban = put_org(tx, w->org_district, 0, "O-URBAN", "示范区城市管理局", "department");
    w->org_housing = put_org(tx, w->org_district, 0, "O-HOUSING", "示范区住房保障中心", "department");
    w->org_market = put_org(tx, w->org_district, 0, "O-MARKET", "示范区市场监管局", "department");
    w->org_firm = put_org(tx, 0, w->community1, "O-FIRM", "示范演示科技有限公司", "firm");
    run_by(tx, w->district, w->org_district);
    run_by(tx, w->street, w->org_street);
    run_by(tx, w->street2, w->org_street2);
    run_by(tx, w->community1, w->org_community1);
    run_by(tx, w->community2, w->org_community2);
    struct seat seats[] = {
        { .org = w->org_street, .area = w->street, .kind = S("coordinate"), .name = S("统筹甲"), .phone = S("13800000001") },
        { .org = w->org_street, .area = w->street, .kind = S("leader"), .name = S("领导乙"), .phone = S("13800000002") },
        { .org = w->org_community1, .area = w->community1, .kind = S("direct"), .name = S("书记丙"), .phone = S("13800000003") },
        { .org = w->org_community1, .area = w->courtyard, .kind = S("branch"), .name = S("院长丁"), .phone = S("13800000004") },
    };
    for (size_t i = 0; i < COUNT(seats); i++)
        seat_put(tx, &seats[i]);
    struct contact contacts[] = {
        { .org = w->org_urban, .street = w->street, .name = S("城管甲"), .phone = S("13800000011"), .rank = S("A") },
        { .org = w->org_urban, .street = w->street, .name = S("城管乙"), .phone = S("13800000012"), .rank = S("B") },
    };
    for (size_t i = 0; i < COUNT(contacts); i++)
        contact_put(tx, &contacts[i]);
}

static struct who put_who(struct world *w, struct tx *tx, const char *login, const char *name, enum role role, int64_t area,
                          enum level level, int64_t org)
{
    struct account a = { .login = str_of(login), .name = str_of(name), .org = org };
    int64_t id = account_put(tx, &who_system, &a, S("!"));
    grant_add(tx, &who_system, id, role, area, org && area == 0 ? org : 0, 1, 0);
    struct grant *grant = arena_new(&w->arena, struct grant);
    *grant = (struct grant){ role, area, level, area == 0 ? org : 0 };
    return (struct who){
        .account = id, .login = str_of(login), .name = str_of(name), .grants = grant, .grant_count = 1, .roles = 1u << role,
        .channel = "web",
    };
}

static void fill_people(struct tx *tx, void *arg)
{
    struct world *w = arg;
    w->admin = put_who(w, tx, "admin", "管理员", ROLE_ADMIN, w->district, LEVEL_DISTRICT, w->org_district);
    w->leader = put_who(w, tx, "leader", "领导乙", ROLE_LEADER, w->street, LEVEL_STREET, w->org_street);
    w->clerk = put_who(w, tx, "clerk", "专员甲", ROLE_CLERK, w->street, LEVEL_STREET, w->org_street);
    w->clerk_b = put_who(w, tx, "clerkb", "专员乙", ROLE_CLERK, w->street, LEVEL_STREET, w->org_street);
    w->duty = put_who(w, tx, "duty", "值班甲", ROLE_DUTY, w->street, LEVEL_STREET, w->org_street);
    w->secretary = put_who(w, tx, "sec1", "书记丙", ROLE_COMMUNITY, w->community1, LEVEL_COMMUNITY, w->org_community1);
    w->secretary2 = put_who(w, tx, "sec2", "书记戊", ROLE_COMMUNITY, w->community2, LEVEL_COMMUNITY, w->org_community2);
    w->worker1 = put_who(w, tx, "grid1", "网格员一", ROLE_GRID, w->grid1, LEVEL_GRID, w->org_community1);
    w->worker2 = put_who(w, tx, "grid2", "网格员二", ROLE_GRID, w->grid2, LEVEL_GRID, w->org_community1);
    w->worker_far = put_who(w, tx, "grid4", "网格员远", ROLE_GRID, w->grid4, LEVEL_GRID, 0);
    w->clerk_far = put_who(w, tx, "clerk2", "专员远", ROLE_CLERK, w->street2, LEVEL_STREET, w->org_street2);
    w->urban = put_who(w, tx, "urban", "城管甲", ROLE_DEPT, 0, LEVEL_LAYER, w->org_urban);
    w->housing = put_who(w, tx, "housing", "住保甲", ROLE_DEPT, 0, LEVEL_LAYER, w->org_housing);
    w->arbiter = put_who(w, tx, "arbiter", "考评甲", ROLE_ARBITER, w->district, LEVEL_DISTRICT, w->org_district);
    w->auditor = put_who(w, tx, "auditor", "审计甲", ROLE_AUDITOR, w->district, LEVEL_DISTRICT, w->org_district);
    w->kiosk = put_who(w, tx, "kiosk", "大屏", ROLE_KIOSK, w->street, LEVEL_STREET, w->org_street);
    w->integration = put_who(w, tx, "api", "接口", ROLE_API, w->street, LEVEL_STREET, w->org_street);
    w->nobody = (struct who){ .channel = "public", .name = S("居民") };
}

struct world *world_open(struct test_db *db)
{
    return world_open_with(db, modules ? modules : no_modules);
}

struct world *world_open_with(struct test_db *db, const struct module *const *with)
{
    struct world *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    arena_init(&w->arena, 0);
    clock_fake_init(&w->clock, WORLD_MORNING);
    w->db = db;
    struct fault fault = { 0 };
    struct engine_config config = {
        .dir = db->dir, .url = db->url, .clock = &w->clock.clock, .modules = with, .create = true,
    };
    w->engine = engine_open(&config, &fault);
    if (!w->engine)
        check_failed(__FILE__, __LINE__, fault.what.en ? fault.what.en : err_wire(fault.code));
    world_write(w, fill_areas, w, NULL);
    world_write(w, fill_orgs, w, NULL);
    world_write(w, fill_people, w, NULL);
    w->api = api_new(w->engine);
    return w;
}

void world_close(struct world *w)
{
    api_free(w->api);
    engine_close(w->engine);
    arena_free(&w->arena);
    free(w);
}

/* --- acting ------------------------------------------------------------------------------------------------------------ */

struct answer world_call_with_key(struct world *w, const struct who *who, enum method method, const char *path, const char *json,
                                  const char *key)
{
    struct buf full = buf_in(&w->arena);
    if (path[0] == '/' && path[1] == '/') {
        buf_put(&full, str_of(path + 1));
    } else {
        buf_put(&full, S("/api/v1"));
        buf_put(&full, str_of(path));
    }
    struct call call = {
        .method = method, .path = buf_str(&full), .body = str_of(json), .who = who, .idempotency_key = str_of(key),
        .content_type = json ? S("application/json") : S(""), .accept_language = S("zh-CN"), .address = S("127.0.0.1"),
    };
    struct answer answer = { 0 };
    api_call(w->api, &w->arena, &call, &answer);
    return answer;
}

struct answer world_call(struct world *w, const struct who *who, enum method method, const char *path, const char *json)
{
    return world_call_with_key(w, who, method, path, json, NULL);
}

int world_move(struct world *w, const struct who *who, int64_t id, const char *verb, const char *json)
{
    struct str path = arena_format(&w->arena, "/matters/%lld/%s", (long long)id, verb);
    return world_call(w, who, POST, path.p, json ? json : "{}").status;
}

static json_t *member(json_t *at, struct str path)
{
    struct str part;
    while (at && path.n && str_cut(&path, '.', &part)) {
        int64_t index;
        if (json_is_array(at) && str_to_i64(part, &index))
            at = json_array_get(at, (size_t)index);
        else
            at = json_object_getn(at, part.p, part.n);
    }
    return at;
}

int64_t answer_int(struct world *w, const struct answer *a, const char *path)
{
    (void)w;
    json_t *root = json_loadb(a->body.p, a->body.n, 0, NULL), *at = member(root, str_of(path));
    int64_t value = json_is_boolean(at) ? json_is_true(at) : json_is_integer(at) ? json_integer_value(at) : 0;
    json_decref(root);
    return value;
}

struct str answer_str(struct world *w, const struct answer *a, const char *path)
{
    json_t *root = json_loadb(a->body.p, a->body.n, 0, NULL), *at = member(root, str_of(path));
    struct str value = json_is_string(at) ? arena_copy(&w->arena, str_of(json_string_value(at))) : S("");
    json_decref(root);
    return value;
}

int answer_count(struct world *w, const struct answer *a, const char *path)
{
    (void)w;
    json_t *root = json_loadb(a->body.p, a->body.n, 0, NULL), *at = member(root, str_of(path));
    int count = json_is_array(at) ? (int)json_array_size(at) : -1;
    json_decref(root);
    return count;
}

void world_turn(struct world *w)
{
    while (engine_turn(w->engine))
        continue;
}

void world_advance(struct world *w, ms by)
{
    w->clock.at += by;
    world_turn(w);
}

void world_write(struct world *w, void (*fn)(struct tx *, void *), void *arg, struct fault *ret_fault)
{
    struct write write = { .apply = fn, .arg = arg, .arena = &w->arena, .lane = LANE_NORMAL };
    store_write(w->engine->store, &write);
    if (ret_fault)
        *ret_fault = write.fault;
    else if (write.fault.code != ERR_OK)
        check_failed(write.fault.file ? write.fault.file : __FILE__, write.fault.line,
                     write.fault.what.en ? write.fault.what.en : err_wire(write.fault.code));
}

void world_read(struct world *w, void (*fn)(struct tx *, void *), void *arg)
{
    struct tx *tx = read_begin(w->engine->store, &w->arena);
    fn(tx, arg);
    bool failed = tx_failed(tx);
    read_end(tx);
    CHECK(!failed);
}
