/* demo_town.c -- the invented district: a lattice of grids with crooked corners, courtyards, offices, seats with
 * vacancies, rosters, firms, residents and at most twenty people who can log in. See demo.h. */
#include "cli/demo.h"

#include "engine/account.h"
#include "engine/person.h"

#include <assert.h>
#include <string.h>

/* 郑州 lies at 34.75 N, 113.65 E; the lattice is a drawing over its west, not its map. */
enum { LAT0 = 347350000, LON0 = 1135500000, CELL_LAT = 42000, CELL_LON = 62000 };

static const char *const street_names[STREETS] = { "梧桐里街道", "石榴园街道" };
static const char *const community_names[COMMUNITIES] = {
    "月季社区", "桂花社区", "海棠社区", "紫藤社区", "玉兰社区", "木槿社区", "丁香社区", "茉莉社区",
    "银杏社区", "雪松社区", "国槐社区", "白蜡社区", "垂柳社区", "青桐社区", "红枫社区", "香樟社区",
};
static const struct { const char *code, *name, *kind; } departments[DEPARTMENTS] = {
    { "D-URBAN", "演示区城市管理局", "department" },      { "D-HOUSING", "演示区住房保障中心", "department" },
    { "D-MARKET", "演示区市场监管局", "department" },     { "D-ECOLOGY", "演示区生态环境分局", "department" },
    { "D-REFORM", "演示区发展改革委", "department" },     { "D-TRAFFIC", "演示区交通运输局", "department" },
    { "D-FIRE", "演示区消防救援大队", "department" },     { "D-POWER", "演示供电公司", "utility" },
    { "D-WATER", "演示水务公司", "utility" },
};

/* The founding document's own streets: names and codes of the 2023 statistical division, no troubles. */
static const struct { const char *code, *name, *communities; int yards, unmanaged; } real_streets[] = {
    { "410102002", "建设路街道", "001省五建 002中心医院 003计划路 004协作路 007市场街 009阳光新城", 80, 0 },
    { "410102006", "三官庙街道", "001伏牛路北 002三官庙 004郑上路 006河南纺机 007郑煤机 009中原中路一 010中原中路二 011电业新村 012西环路 013湖光苑", 117, 83 },
    { "410102008", "汝河路街道", "002淮河路电力 003汝河路市委 004汝河小区 005桐淮 006淮西 007航海西路 008华淮 009金苑小区 011郑密路 014淮河路 015永威 016华山西 017澜景", 0, 0 },
    { "410102009", "航海西路街道", "001帝湖花园 002启福 003茜城花园 004观澜 005前进南路 006帝湖花园东 007凯田花园 008学府 009儿童公园 010民安", 0, 0 },
};

/* --- drawing ------------------------------------------------------------------------------------------------------------- */

struct corner { int64_t lat, lon; };

/* Corners are shared by their neighbours, so the lattice has no gaps; the outer ones stay straight. */
static struct corner corner_at(int street, int column, int row)
{
    uint64_t z = (uint64_t)(street * 1000 + column * 37 + row * 101 + 7) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9u;
    bool inside = column > 0 && column < COLUMNS && row > 0 && row < ROWS;
    int64_t lean_lat = inside ? (int64_t)(z % 18000) - 9000 : 0, lean_lon = inside ? (int64_t)(z >> 32) % 26000 - 13000 : 0;
    return (struct corner){ LAT0 + row * CELL_LAT + lean_lat, LON0 + (street * (COLUMNS + 1) + column) * CELL_LON + lean_lon };
}

/* Well-known binary of one ring: byte order, type 3, rings, points; WGS-84 degrees, longitude first. */
static struct str wkb_ring(struct arena *a, const struct corner *ring, uint32_t count)
{
    struct buf b = buf_in(a);
    uint32_t head[3] = { 3, 1, count + 1 };
    buf_char(&b, 1);
    buf_put(&b, (struct str){ (char *)head, sizeof head });
    for (uint32_t i = 0; i <= count; i++) {
        double xy[2] = { (double)ring[i % count].lon / 1e7, (double)ring[i % count].lat / 1e7 };
        buf_put(&b, (struct str){ (char *)xy, sizeof xy });
    }
    return buf_str(&b);
}

static void draw_grid(struct tx *tx, struct demo *d, int g, int street, int column, int row)
{
    struct corner ring[4] = { corner_at(street, column, row), corner_at(street, column + 1, row),
                              corner_at(street, column + 1, row + 1), corner_at(street, column, row + 1) };
    d->grids[g].lat = (ring[0].lat + ring[2].lat) / 2;
    d->grids[g].lon = (ring[0].lon + ring[2].lon) / 2;
    area_set_polygon(tx, d->grids[g].id, wkb_ring(tx->arena, ring, 4), d->from);
}

static void draw_community(struct tx *tx, struct demo *d, int street, int column)
{
    struct corner ring[2 * (ROWS + 1)];
    uint32_t n = 0;
    for (int row = 0; row <= ROWS; row++)
        ring[n++] = corner_at(street, column, row);
    for (int row = ROWS; row >= 0; row--)
        ring[n++] = corner_at(street, column + 1, row);
    area_set_polygon(tx, d->communities[street * COLUMNS + column], wkb_ring(tx->arena, ring, n), d->from);
}

static void draw_street(struct tx *tx, struct demo *d, int street)
{
    struct corner ring[4] = { corner_at(street, 0, 0), corner_at(street, COLUMNS, 0), corner_at(street, COLUMNS, ROWS), corner_at(street, 0, ROWS) };
    area_set_polygon(tx, d->streets[street], wkb_ring(tx->arena, ring, 4), d->from);
}

/* --- territory ----------------------------------------------------------------------------------------------------------- */

static int64_t put_area(struct tx *tx, struct demo *d, int64_t parent, enum level level, struct str code, struct str name, int64_t lat, int64_t lon)
{
    struct area a = { .parent = parent, .level = level, .code = code, .name = name, .lat = lat, .lon = lon };
    return area_put(tx, &a, d->from);
}

static void put_grid(struct tx *tx, struct demo *d, int street, int column, int row)
{
    struct arena *a = &d->arena;
    int g = (street * COLUMNS + column) * ROWS + row, c = street * COLUMNS + column;
    struct demo_grid *grid = &d->grids[g];
    struct str community = str_of(community_names[c]), short_name = str_head_chars(community, 2);
    struct str code = arena_format(a, "41010290%d%03d%03d", street + 1, column + 1, row + 1);
    grid->community = c;
    grid->street = street;
    grid->name = arena_format(a, "%.*s%d网格", STR_ARG(short_name), row + 1);
    grid->id = put_area(tx, d, d->communities[c], LEVEL_GRID, code, grid->name, 0, 0);
    draw_grid(tx, d, g, street, column, row);
    for (int y = 0; y < YARDS_PER_GRID; y++) {
        grid->yard_names[y] = arena_format(a, "%.*s路%d号院", STR_ARG(short_name), row * YARDS_PER_GRID + y + 1);
        int64_t lat = grid->lat + (y / 3 * 2 - 1) * CELL_LAT / 5, lon = grid->lon + (y % 3 - 1) * CELL_LON / 5;
        grid->yards[y] = put_area(tx, d, grid->id, LEVEL_COURTYARD, arena_format(a, "%.*s-Y%02d", STR_ARG(code), y + 1), grid->yard_names[y], lat, lon);
        for (int u = 1; y == 0 && u <= 2; u++)        /* doors with a QR code, in the first courtyard of each grid */
            put_area(tx, d, grid->yards[y], LEVEL_UNIT, arena_format(a, "%.*s-Y%02d-%d", STR_ARG(code), y + 1, u), arena_format(a, "%d单元", u), lat, lon);
    }
}

static void put_invented(struct tx *tx, struct demo *d)
{
    for (int s = 0; s < STREETS; s++) {
        struct corner middle = corner_at(s, COLUMNS / 2, ROWS / 2);
        d->streets[s] = put_area(tx, d, d->district, LEVEL_STREET, arena_format(&d->arena, "41010290%d", s + 1), str_of(street_names[s]), middle.lat, middle.lon);
        for (int column = 0; column < COLUMNS; column++) {
            int c = s * COLUMNS + column;
            middle = corner_at(s, column, ROWS / 2);
            d->communities[c] = put_area(tx, d, d->streets[s], LEVEL_COMMUNITY, arena_format(&d->arena, "41010290%d%03d", s + 1, column + 1),
                                         str_of(community_names[c]), middle.lat, middle.lon + CELL_LON / 2);
            for (int row = 0; row < ROWS; row++)
                put_grid(tx, d, s, column, row);
            draw_community(tx, d, s, column);
        }
        draw_street(tx, d, s);
    }
}

static void put_real(struct tx *tx, struct demo *d)
{
    for (size_t i = 0; i < COUNT(real_streets); i++) {
        int64_t street = put_area(tx, d, d->district, LEVEL_STREET, str_of(real_streets[i].code), str_of(real_streets[i].name), 0, 0);
        int64_t communities[32];
        int count = 0, yards = real_streets[i].yards;
        struct str rest = str_of(real_streets[i].communities), item;
        while (str_cut(&rest, ' ', &item))
            communities[count++] = put_area(tx, d, street, LEVEL_COMMUNITY, arena_format(&d->arena, "%s%.*s", real_streets[i].code, 3, item.p),
                                            arena_join(&d->arena, str_from(item, 3), S("社区")), 0, 0);
        for (int y = 0; y < yards; y++)               /* the document counts courtyards without naming them */
            put_area(tx, d, communities[y % count], LEVEL_COURTYARD, arena_format(&d->arena, "%s-Y%03d", real_streets[i].code, y + 1),
                     arena_format(&d->arena, "第%d楼院%s", y + 1, y < real_streets[i].unmanaged ? "（无主管）" : ""), 0, 0);
    }
}

/* --- orgs and seats -------------------------------------------------------------------------------------------------------- */

static int64_t put_org(struct tx *tx, int64_t parent, int64_t area, struct str code, struct str name, const char *kind)
{
    struct org o = { .parent = parent, .area = area, .code = code, .name = name, .kind = str_of(kind) };
    int64_t id = org_put(tx, &o);
    bool runs = str_is(o.kind, "street") || str_is(o.kind, "community") || str_is(o.kind, "district");
    struct area a;
    if (runs && area_get(tx, area, &a)) {
        a.org = id;
        area_put(tx, &a, 1);
    }
    return id;
}

static int64_t put_seat(struct tx *tx, struct demo *d, int64_t org, int64_t area, const char *kind, struct str name, int64_t account)
{
    struct seat s = { .org = org, .area = area, .account = account, .kind = str_of(kind), .name = name };
    if (name.n)
        s.phone = arena_format(&d->arena, "1380000%04d", demo_below(d, 10000));
    return seat_put(tx, &s);
}

static void put_orgs(struct tx *tx, struct demo *d)
{
    struct arena *a = &d->arena;
    d->org_district = put_org(tx, 0, d->district, S("G-DISTRICT"), S("演示区政府"), "district");
    for (int i = 0; i < DEPARTMENTS; i++) {
        d->department_names[i] = str_of(departments[i].name);
        d->departments[i] = put_org(tx, d->org_district, 0, str_of(departments[i].code), d->department_names[i], departments[i].kind);
    }
    for (int s = 0; s < STREETS; s++)
        d->org_streets[s] = put_org(tx, d->org_district, d->streets[s], arena_format(a, "G-STREET-%d", s + 1),
                                    arena_format(a, "%s办事处", street_names[s]), "street");
    for (int c = 0; c < COMMUNITIES; c++)
        d->org_communities[c] = put_org(tx, d->org_streets[c / COLUMNS], d->communities[c], arena_format(a, "G-COMMUNITY-%02d", c + 1),
                                        arena_format(a, "%s居委会", community_names[c]), "community");
    for (int i = 0; i < FIRMS; i++) {
        d->firm_names[i] = arena_format(a, "演示企业%03d号", i + 1);
        d->firms[i] = put_org(tx, 0, d->communities[i % COMMUNITIES], arena_format(a, "F-%03d", i + 1), d->firm_names[i], "firm");
    }
}

/* --- accounts ----------------------------------------------------------------------------------------------------------------- */

static struct who put_who(struct tx *tx, struct demo *d, struct str login, struct str name, enum role role, int64_t area, enum level level,
                          int64_t org, struct str hash)
{
    struct account account = { .login = login, .name = name, .org = org, .lang = S("zh") };
    int64_t id = account_put(tx, &who_system, &account, hash);
    int64_t by_org = role == ROLE_DEPT ? org : 0;
    grant_add(tx, &who_system, id, role, role == ROLE_DEPT ? 0 : area, by_org, d->from, 0);
    struct grant *grant = arena_new(&d->arena, struct grant);
    *grant = (struct grant){ role, role == ROLE_DEPT ? 0 : area, level, by_org };
    return (struct who){ .account = id, .login = login, .name = name, .grants = grant, .grant_count = 1, .roles = 1u << role, .channel = "web" };
}

struct townsfolk { struct demo *d; struct str hash; };

static struct who put_login(struct tx *tx, struct townsfolk *t, const char *login, struct str name, enum role role, int64_t area,
                            enum level level, int64_t org, struct str area_name)
{
    struct demo *d = t->d;
    assert(d->login_count < LOGINS_MAX);
    d->logins[d->login_count++] = (struct demo_login){ str_of(login), name, role, area_name };
    return put_who(tx, d, str_of(login), name, role, area, level, org, t->hash);
}

static void put_office(struct tx *tx, struct townsfolk *t)
{
    struct demo *d = t->d;
    struct str district = S("演示区");
    d->admin = put_login(tx, t, "admin", S("系统管理员"), ROLE_ADMIN, d->district, LEVEL_DISTRICT, d->org_district, district);
    d->arbiter = put_login(tx, t, "qukao", S("区考评 周衡"), ROLE_ARBITER, d->district, LEVEL_DISTRICT, d->org_district, district);
    d->auditor = put_login(tx, t, "shenji", S("审计 秦正"), ROLE_AUDITOR, d->district, LEVEL_DISTRICT, d->org_district, district);
    d->leader[0] = put_login(tx, t, "lingdao", S("主任 沈安"), ROLE_LEADER, d->streets[0], LEVEL_STREET, d->org_streets[0], str_of(street_names[0]));
    d->clerk[0] = put_login(tx, t, "rexian", S("热线专员 林语"), ROLE_CLERK, d->streets[0], LEVEL_STREET, d->org_streets[0], str_of(street_names[0]));
    d->clerk_b[0] = put_login(tx, t, "huifang", S("回访专员 白露"), ROLE_CLERK, d->streets[0], LEVEL_STREET, d->org_streets[0], str_of(street_names[0]));
    d->duty[0] = put_login(tx, t, "zhiban", S("值班员 何夜"), ROLE_DUTY, d->streets[0], LEVEL_STREET, d->org_streets[0], str_of(street_names[0]));
    d->clerk[1] = put_login(tx, t, "rexian2", S("热线专员 方圆"), ROLE_CLERK, d->streets[1], LEVEL_STREET, d->org_streets[1], str_of(street_names[1]));
    d->kiosk = put_login(tx, t, "daping", S("指挥室大屏"), ROLE_KIOSK, d->streets[0], LEVEL_STREET, d->org_streets[0], str_of(street_names[0]));
    d->officer[0] = put_login(tx, t, "chengguan", S("城管局 石磊"), ROLE_DEPT, 0, LEVEL_LAYER, d->departments[0], d->department_names[0]);
    d->officer[1] = put_login(tx, t, "zhubao", S("住保中心 安居"), ROLE_DEPT, 0, LEVEL_LAYER, d->departments[1], d->department_names[1]);
    d->secretary[0] = put_login(tx, t, "shuji", S("社区书记 常青"), ROLE_COMMUNITY, d->communities[0], LEVEL_COMMUNITY, d->org_communities[0], str_of(community_names[0]));
    d->grids[0].worker = put_login(tx, t, "wangge", S("网格员 田格"), ROLE_GRID, d->grids[0].id, LEVEL_GRID, d->org_communities[0], d->grids[0].name);
    d->grids[1].worker = put_login(tx, t, "wangge2", S("网格员 路明"), ROLE_GRID, d->grids[1].id, LEVEL_GRID, d->org_communities[0], d->grids[1].name);
}

static void put_colleagues(struct tx *tx, struct demo *d)
{
    static const struct str none = { "!", 1 };          /* no password: these cannot log in */
    struct arena *a = &d->arena;
    d->leader[1] = put_who(tx, d, S("d-leader-2"), S("主任（演示）"), ROLE_LEADER, d->streets[1], LEVEL_STREET, d->org_streets[1], none);
    d->clerk_b[1] = put_who(tx, d, S("d-callback-2"), S("回访专员（演示）"), ROLE_CLERK, d->streets[1], LEVEL_STREET, d->org_streets[1], none);
    d->duty[1] = put_who(tx, d, S("d-duty-2"), S("值班员（演示）"), ROLE_DUTY, d->streets[1], LEVEL_STREET, d->org_streets[1], none);
    for (int i = 2; i < DEPARTMENTS; i++)
        d->officer[i] = put_who(tx, d, arena_format(a, "d-dept-%d", i), arena_format(a, "%.*s 经办", STR_ARG(d->department_names[i])), ROLE_DEPT,
                                0, LEVEL_LAYER, d->departments[i], none);
    for (int c = 1; c < COMMUNITIES; c++)
        d->secretary[c] = put_who(tx, d, arena_format(a, "d-secretary-%d", c), arena_format(a, "%s 书记", community_names[c]), ROLE_COMMUNITY,
                                  d->communities[c], LEVEL_COMMUNITY, d->org_communities[c], none);
    for (int g = 2; g < GRIDS; g++)
        d->grids[g].worker = put_who(tx, d, arena_format(a, "d-grid-%d", g), arena_format(a, "%.*s 网格员", STR_ARG(d->grids[g].name)), ROLE_GRID,
                                     d->grids[g].id, LEVEL_GRID, d->org_communities[d->grids[g].community], none);
}

static void put_seats(struct tx *tx, struct demo *d)
{
    struct arena *a = &d->arena;
    for (int s = 0; s < STREETS; s++) {
        put_seat(tx, d, d->org_streets[s], d->streets[s], "coordinate", S("街道统筹（演示）"), d->duty[s].account);
        put_seat(tx, d, d->org_streets[s], d->streets[s], "leader", d->leader[s].name, d->leader[s].account);
        for (int i = 0; i < DEPARTMENTS; i++)
            for (int rank = 0; rank < 2; rank++) {
                struct contact c = { .org = d->departments[i], .street = d->streets[s], .rank = rank ? S("B") : S("A"),
                                     .name = arena_format(a, "%s%s岗", departments[i].name, rank ? "B" : "A"),
                                     .phone = arena_format(a, "1380000%04d", 1000 + s * 100 + i * 2 + rank) };
                contact_put(tx, &c);
            }
    }
    put_seat(tx, d, d->org_district, d->district, "district", S("区级督办（演示）"), d->arbiter.account);
    for (int c = 0; c < COMMUNITIES; c++)
        put_seat(tx, d, d->org_communities[c], d->communities[c], "direct", d->secretary[c].name, d->secretary[c].account);
    for (int g = 0; g < GRIDS; g++) {
        struct demo_grid *grid = &d->grids[g];
        int64_t org = d->org_communities[grid->community];
        put_seat(tx, d, org, grid->id, "grid_worker", grid->worker.name, grid->worker.account);
        for (int y = 0; y < YARDS_PER_GRID; y++) {
            bool vacant = demo_chance(d, 120);
            put_seat(tx, d, org, grid->yards[y], "branch", vacant ? S("") : arena_format(a, "院长%d号（演示）", g * YARDS_PER_GRID + y + 1), 0);
        }
    }
}

static void put_roster(struct tx *tx, struct demo *d, int64_t seat, const char *kind, ms from, ms to)
{
    struct shift s = { .seat = seat, .from = from, .to = to, .kind = str_of(kind) };
    (void)d;
    shift_put(tx, &s);
}

static void put_rosters(struct tx *tx, struct demo *d)
{
    for (int s = 0; s < STREETS; s++) {
        int64_t leader = put_seat(tx, d, d->org_streets[s], d->streets[s], "duty_leader", S("带班领导（演示）"), d->leader[s].account);
        int64_t first = put_seat(tx, d, d->org_streets[s], d->streets[s], "duty_officer", d->duty[s].name, d->duty[s].account);
        int64_t second = put_seat(tx, d, d->org_streets[s], d->streets[s], "duty_officer", S("值班员乙（演示）"), 0);
        for (int day = -2; day < 14; day++) {
            ms midnight = day_start(d->to) + DAYS(day);
            put_roster(tx, d, leader, "night", midnight + HOURS(18), midnight + DAYS(1) + HOURS(8) + MINUTES(30));
            put_roster(tx, d, day & 1 ? first : second, "night", midnight + HOURS(18), midnight + DAYS(1) + HOURS(8) + MINUTES(30));
            put_roster(tx, d, first, "day", midnight + HOURS(8) + MINUTES(30), midnight + HOURS(18));
        }
    }
}

/* --- residents -------------------------------------------------------------------------------------------------------------------- */

static void put_residents(struct tx *tx, struct demo *d)
{
    for (int i = 0; i < 400; i++) {
        struct demo_grid *grid = &d->grids[i % GRIDS];
        struct person p = {
            .area = grid->yards[i % YARDS_PER_GRID], .name = arena_format(tx->arena, "演示老人%03d", i + 1),
            .phone = arena_format(tx->arena, "1390000%04d", i), .address = grid->yard_names[i % YARDS_PER_GRID],
            .born = 19300101 + (i % 22) * 10000,
        };
        person_put(tx, &who_system, &p, "demo");
    }
}

SQL(insert_office, "insert into office(id, name, demo, made_at) values ($1, $2, 1, $3)");

static void fill_areas(struct tx *tx, void *arg)
{
    struct demo *d = arg;
    db_run(tx, insert_office, IN(1, "五星演示街道", tx->now));
    d->district = put_area(tx, d, 0, LEVEL_DISTRICT, S("410102"), S("中原区（演示）"), LAT0 + 200000, LON0 + 500000);
    put_invented(tx, d);
    put_real(tx, d);
}

static void fill_people(struct tx *tx, void *arg)
{
    struct townsfolk *t = arg;
    put_orgs(tx, t->d);
    put_office(tx, t);
    put_colleagues(tx, t->d);
    put_seats(tx, t->d);
    put_rosters(tx, t->d);
    put_residents(tx, t->d);
}

static bool write_now(struct demo *d, void (*apply)(struct tx *, void *), void *arg, struct fault *fault)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &d->arena, .lane = LANE_NORMAL };
    store_write(d->engine->store, &w);
    *fault = w.fault;
    return w.fault.code == ERR_OK;
}

bool demo_town(struct demo *d, struct fault *fault)
{
    struct townsfolk t = { d, password_hash(&d->arena, S(DEMO_PASSWORD)) };
    return write_now(d, fill_areas, d, fault) && write_now(d, fill_people, &t, fault);
}
