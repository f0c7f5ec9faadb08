/* org_test.c -- organisations, bound seats and their gaps, supervisors, rosters and the directory, on both stores. */
#include "test/office.h"

static void put_seats(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct seat rows[] = {
        { .org = o->org_street, .area = o->street, .kind = S("coordinate"), .name = S("统筹甲"), .phone = S("13800000001") },
        { .org = o->org_street, .area = o->street, .kind = S("leader"), .name = S("领导乙") },
        { .org = o->org_community, .area = o->community, .kind = S("direct"), .name = S("书记丙") },
        { .org = o->org_community, .area = o->community, .kind = S("branch"), .name = S("社区支部丁") },
        { .org = o->org_community, .area = o->courtyard, .kind = S("branch") },                     /* vacant */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        seat_put(tx, &rows[i]);
}

static int bound(struct office *o, struct seat seats[4])
{
    struct tx *tx = office_read(o);
    struct place place = { 0 };
    CHECK(area_place(tx, o->courtyard, &place));
    int count = seat_bound(tx, place, seats);
    CHECK(!tx_failed(tx));
    read_end(tx);
    return count;
}

static int seats_of(struct office *o, int64_t org, int64_t area)
{
    struct seat s = { 0 };
    int count = 0;
    struct tx *tx = office_read(o);
    struct rows rows = seat_list(tx, org, area);
    while (seat_row(&rows, &s))
        count++;
    read_end(tx);
    return count;
}

TEST_STORES(four_seats_are_bound_and_a_gap_and_a_vacancy_are_shown)
{
    struct office o;
    struct seat seats[4];
    office_open(&o, db);
    CHECK_INT(bound(&o, seats), 0);
    CHECK_STR(seats[2].kind, "backup");
    office_write(&o, put_seats, &o);
    CHECK_INT(bound(&o, seats), 3);
    CHECK_STR(seats[0].name, "统筹甲");
    CHECK_STR(seats[1].name, "书记丙");
    CHECK_INT(seats[2].id, 0);                                       /* no property company: the gap */
    CHECK(seats[3].id && seats[3].name.n == 0 && seats[3].area == o.courtyard);     /* the yard's own seat is vacant */
    office_close(&o);
}

static void fill_branch(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct seat s = { .org = o->org_community, .area = o->courtyard, .kind = S("branch"), .name = S("院长戊") };
    seat_put(tx, &s);
}

TEST_STORES(an_import_of_seats_fills_the_vacancy_and_twice_changes_nothing)
{
    struct office o;
    struct seat seats[4];
    office_open(&o, db);
    office_write(&o, put_seats, &o);
    CHECK_INT(seats_of(&o, o.org_community, 0), 3);
    office_write(&o, put_seats, &o);
    CHECK_INT(seats_of(&o, o.org_community, 0), 3);
    office_write(&o, fill_branch, &o);
    office_write(&o, fill_branch, &o);
    CHECK_INT(seats_of(&o, o.org_community, 0), 3);
    CHECK_INT(seats_of(&o, 0, o.courtyard), 1);
    CHECK_INT(bound(&o, seats), 3);
    CHECK_STR(seats[3].name, "院长戊");
    office_close(&o);
}

static void put_one_seat(struct tx *tx, void *arg)
{
    seat_put(tx, arg);
}

static struct str supervisor(struct office *o, int64_t round)
{
    struct tx *tx = office_read(o);
    struct place place = { 0 };
    struct seat s = { 0 };
    CHECK(area_place(tx, o->courtyard, &place));
    bool found = seat_supervisor(tx, place, round, &s);
    read_end(tx);
    return found ? s.name : S("");
}

TEST_STORES(each_round_has_its_supervisor_and_a_vacant_one_passes_on)
{
    struct office o;
    office_open(&o, db);
    CHECK_STR(supervisor(&o, 1), "");
    office_write(&o, put_seats, &o);
    CHECK_STR(supervisor(&o, 1), "统筹甲");
    CHECK_STR(supervisor(&o, 2), "领导乙");
    CHECK_STR(supervisor(&o, 3), "领导乙");                           /* no district seat: the nearest below */
    struct seat district = { .org = o.org_street, .area = o.district, .kind = S("district"), .name = S("区督查") };
    office_write(&o, put_one_seat, &district);
    CHECK_STR(supervisor(&o, 3), "区督查");
    CHECK_STR(supervisor(&o, 9), "区督查");
    struct seat wrong = { .org = o.org_street, .kind = S("king"), .name = S("王") };
    CHECK_INT(office_try(&o, put_one_seat, &wrong, NULL), ERR_INVALID);
    office_close(&o);
}

struct roster { struct office *o; struct shift shifts[2]; };
static void put_shifts(struct tx *tx, void *arg)
{
    struct roster *r = arg;
    struct seat leader = { .org = r->o->org_street, .kind = S("duty_leader"), .name = S("带班甲"), .phone = S("13800000005") };
    struct seat officer = { .org = r->o->org_street, .kind = S("duty_officer"), .name = S("值班乙"), .phone = S("13800000006") };
    r->shifts[0].seat = seat_put(tx, &officer);
    r->shifts[1].seat = seat_put(tx, &leader);
    for (int i = 0; i < 2; i++)
        shift_put(tx, &r->shifts[i]);
}

static int on_duty(struct office *o, int64_t org, ms at, struct str *ret_first)
{
    struct shift h = { 0 };
    struct seat s = { 0 };
    int count = 0;
    struct tx *tx = office_read(o);
    struct rows rows = shift_on(tx, org, at);
    while (shift_row(&rows, &h, &s))
        if (count++ == 0)
            *ret_first = s.name;
    read_end(tx);
    return count;
}

TEST_STORES(the_roster_says_who_sits_when)
{
    struct office o;
    struct str first = S("");
    office_open(&o, db);
    ms evening = o.clock.at + HOURS(9), morning = evening + HOURS(14);
    struct shift night = { .from = evening, .to = morning, .kind = S("night") };
    struct roster r = { &o, { night, night } };
    office_write(&o, put_shifts, &r);
    office_write(&o, put_shifts, &r);                                /* typed in twice */
    CHECK_INT(on_duty(&o, o.org_street, evening - 1, &first), 0);
    CHECK_INT(on_duty(&o, o.org_street, evening, &first), 2);
    CHECK_STR(first, "带班甲");
    CHECK_INT(on_duty(&o, 0, morning - 1, &first), 2);
    CHECK_INT(on_duty(&o, o.org_street, morning, &first), 0);
    CHECK_INT(on_duty(&o, o.org_community, evening, &first), 0);
    r.shifts[0].to = r.shifts[0].from;
    CHECK_INT(office_try(&o, put_shifts, &r, NULL), ERR_INVALID);
    office_close(&o);
}

struct directory { struct office *o; int64_t org; };
static void put_contacts(struct tx *tx, void *arg)
{
    struct directory *d = arg;
    struct org org = { .code = S("O-URBAN"), .name = S("示范区城市管理局"), .kind = S("department") };
    d->org = org_put(tx, &org);
    struct contact b = { .org = d->org, .street = d->o->street, .name = S("城管乙"), .phone = S("138 0000 0012"), .rank = S("B") };
    struct contact a = { .org = d->org, .street = d->o->street, .name = S("城管甲"), .phone = S("0371-60000011"), .rank = S("A") };
    contact_put(tx, &b);
    contact_put(tx, &a);
}

TEST_STORES(the_directory_gives_a_before_b_with_their_street)
{
    struct office o;
    struct contact c = { 0 };
    office_open(&o, db);
    struct directory d = { &o, 0 };
    office_write(&o, put_contacts, &d);
    office_write(&o, put_contacts, &d);
    struct tx *tx = office_read(&o);
    struct rows rows = contact_list(tx, o.street, d.org);
    CHECK(contact_row(&rows, &c));
    CHECK_STR(c.name, "城管甲");
    CHECK_STR(c.street_name, "梧桐街道");
    CHECK_STR(c.org_name, "示范区城市管理局");
    CHECK(contact_row(&rows, &c));
    CHECK_STR(c.phone, "13800000012");
    CHECK(!contact_row(&rows, &c));
    rows = contact_list(tx, o.community, 0);
    CHECK(!contact_row(&rows, &c));
    read_end(tx);
    office_close(&o);
}

static void set_area_org(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct area a = { 0 };
    area_get(tx, o->street, &a);
    a.org = o->org_street;
    area_put(tx, &a, 0);
}

TEST_STORES(every_place_has_an_org_that_owns_what_happens_there)
{
    struct office o;
    struct place place = { 0 };
    office_open(&o, db);
    struct tx *tx = office_read(&o);
    CHECK(area_place(tx, o.courtyard, &place));
    CHECK_INT(org_of_place(tx, place), o.org_street);                /* set up by kind alone */
    read_end(tx);
    office_write(&o, set_area_org, &o);
    tx = office_read(&o);
    CHECK_INT(org_of_place(tx, place), o.org_street);
    CHECK_INT(org_of_place(tx, (struct place){ 0 }), o.org_street);
    read_end(tx);
    office_close(&o);
}

static void put_org(struct tx *tx, void *arg)
{
    org_put(tx, arg);
}

TEST_STORES(a_wrong_org_is_refused_and_a_known_code_is_the_same_org)
{
    struct office o;
    office_open(&o, db);
    struct org wrong[] = {
        { .code = S("X"), .name = S("甲"), .kind = S("guild") }, { .code = S(""), .name = S("甲"), .kind = S("firm") },
        { .code = S("X"), .name = S(""), .kind = S("firm") },
        { .code = S("X"), .name = S("甲"), .kind = S("firm"), .uscc = S("91350100M000100Y44") },
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(office_try(&o, put_org, &wrong[i], NULL), ERR_INVALID);
    struct org firm = { .code = S("F1"), .name = S("示范演示科技"), .kind = S("firm"), .uscc = S("91350100M000100Y43") };
    office_write(&o, put_org, &firm);
    struct org again = { .code = S("F1"), .name = S("示范演示科技有限公司"), .kind = S("firm") };
    office_write(&o, put_org, &again);
    struct org found = { 0 };
    struct tx *tx = office_read(&o);
    CHECK(org_by_code(tx, S("F1"), &found));
    CHECK_STR(found.name, "示范演示科技有限公司");
    CHECK_STR(found.uscc, "91350100M000100Y43");                     /* an absent cell takes nothing away */
    struct rows rows = org_list(tx, S("firm"), S("演示"), 0, 10);
    CHECK(org_row(&rows, &found) && !org_row(&rows, &found));
    read_end(tx);
    office_close(&o);
}

/* What a store does after a lost race: the same apply, the same structs, another transaction. */
struct rerun { struct office *o; bool lost; struct area area; struct org org; struct seat seat; struct account account; };
static void put_all(struct tx *tx, void *arg)
{
    struct rerun *r = arg;
    r->seat.area = area_put(tx, &r->area, 1);
    r->seat.org = org_put(tx, &r->org);
    seat_put(tx, &r->seat);
    account_put(tx, &who_system, &r->account, S("!"));
    if (r->lost)
        tx_refuse(tx, ERR_CONFLICT, 0);
}

TEST_STORES(a_put_that_was_rolled_back_can_be_run_again)
{
    struct office o;
    office_open(&o, db);
    struct rerun r = { .o = &o, .lost = true, .area = { .parent = o.street, .level = LEVEL_COMMUNITY, .code = S("R1"), .name = S("重跑社区") },
        .org = { .code = S("R-O"), .name = S("重跑单位"), .kind = S("firm") }, .seat = { .kind = S("direct"), .name = S("示范己") },
        .account = { .login = S("rerun"), .name = S("示范己") } };
    CHECK_INT(office_try(&o, put_all, &r, NULL), ERR_CONFLICT);
    r.lost = false;
    office_write(&o, put_all, &r);
    struct area a = { 0 };
    struct account account = { 0 };
    struct tx *tx = office_read(&o);
    CHECK(area_by_code(tx, S("R1"), &a) && account_by_login(tx, S("rerun"), &account));
    read_end(tx);
    CHECK_INT(seats_of(&o, 0, a.id), 1);
    office_close(&o);
}
