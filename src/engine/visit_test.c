/* visit_test.c -- one door, several purposes, one visit, on both stores. */
#include "engine/visit.h"
#include "test/office.h"

struct act { struct office *o; struct who who; int64_t unit, person, far_person; struct visit_wish wishes[3]; struct visit v; };
static int told_care;

static void care_told(struct tx *tx, const struct visit_wish *w, const struct visit *v)
{
    (void)tx;
    told_care += w->area == v->area && str_is(w->purpose, "care");
}
static const struct visit_told care = { "care", care_told };

static void ask(struct tx *tx, void *arg)
{
    struct act *a = arg;
    a->unit = office_area(tx, a->o->courtyard, LEVEL_UNIT, "YD-1-1", "1单元");
    struct person p = { .area = a->unit, .name = S("示范钱"), .phone = S("13800000071") };
    struct person far = { .area = a->o->community, .name = S("示范孙"), .phone = S("13800000072") };
    a->person = person_put(tx, &who_system, &p, "test");
    a->far_person = person_put(tx, &who_system, &far, "test");
    a->wishes[0] = (struct visit_wish){ .area = a->unit, .purpose = S("anti_fraud") };
    a->wishes[1] = (struct visit_wish){ .area = a->unit, .purpose = S("care"), .person = a->person, .due_at = tx->now + DAYS(1) };
    a->wishes[2] = (struct visit_wish){ .area = a->o->grid, .purpose = S("hazard_check") };
    for (int i = 0; i < 3; i++)
        a->wishes[i].id = visit_ask(tx, &who_system, &a->wishes[i]);
}

static void visit(struct tx *tx, void *arg)
{
    struct act *a = arg;
    visit_put(tx, &a->who, &a->v);
}

static int open_at(struct office *o, int64_t area, struct str *ret_first)
{
    struct visit_wish w = { 0 };
    int count = 0;
    struct tx *tx = office_read(o);
    struct rows rows = visit_open(tx, area, 100);
    while (visit_wish_row(&rows, &w))
        if (count++ == 0)
            *ret_first = w.purpose;
    read_end(tx);
    return count;
}

SQL(confirmed, "select max(confirmed_at) from person_source where person = $1 and field = 'phone'");

TEST_STORES(one_visit_serves_every_purpose_of_the_door)
{
    struct office o;
    struct str first = S("");
    ms at = 0;
    office_open(&o, db);
    struct grant g = { ROLE_GRID, o.grid, LEVEL_GRID, 0 };
    struct act a = { .o = &o, .who = { .account = 5, .grants = &g, .grant_count = 1, .roles = R(GRID), .channel = "phone" } };
    visit_register(&care);
    office_write(&o, ask, &a);
    CHECK_INT(open_at(&o, a.unit, &first), 2);
    CHECK_STR(first, "care");                                        /* the one that is due comes first */
    CHECK_INT(open_at(&o, o.grid, &first), 3);
    o.clock.at += HOURS(3);
    a.v = (struct visit){ .area = a.unit, .done = { (int64_t[]){ a.wishes[0].id, a.wishes[1].id }, 2 },
                          .unchanged = { &a.person, 1 }, .note = S("一切正常") };
    office_write(&o, visit, &a);
    CHECK_INT(told_care, 1);
    CHECK_INT(open_at(&o, a.unit, &first), 0);
    CHECK_INT(open_at(&o, o.grid, &first), 1);
    struct tx *tx = office_read(&o);
    CHECK(db_one(tx, confirmed, IN(a.person), OUT(&at)));
    CHECK_INT(at, o.clock.at);
    struct visit v = { 0 };
    struct rows rows = visit_list(tx, a.unit, 10);
    CHECK(visit_row(&rows, &v));
    CHECK_STR(v.purposes, "anti_fraud care");
    CHECK_INT(v.account, 5);
    CHECK(!visit_row(&rows, &v));
    read_end(tx);
    office_write(&o, visit, &a);                                     /* a colleague an hour later */
    CHECK_INT(told_care, 1);
    office_close(&o);
}

static void ask_again(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct visit_wish again = { .area = a->unit, .purpose = S("anti_fraud") };
    CHECK_INT(visit_ask(tx, &who_system, &again), a->wishes[0].id);
    struct visit_wish nonsense = { .area = a->unit, .purpose = S("call_back") };
    visit_ask(tx, &who_system, &nonsense);
}

TEST_STORES(a_visit_touches_its_own_door_only)
{
    struct office o;
    office_open(&o, db);
    struct grant g = { ROLE_GRID, o.grid, LEVEL_GRID, 0 }, elsewhere = { ROLE_GRID, 77, LEVEL_GRID, 0 };
    struct act a = { .o = &o, .who = { .account = 5, .grants = &g, .grant_count = 1, .roles = R(GRID), .channel = "phone" } };
    office_write(&o, ask, &a);
    CHECK_INT(office_try(&o, ask_again, &a, NULL), ERR_INVALID);
    a.v = (struct visit){ .area = a.unit, .done = { &a.wishes[2].id, 1 } };
    CHECK_INT(office_try(&o, visit, &a, NULL), ERR_NOT_FOUND);        /* the grid's own wish is not this door's */
    a.v = (struct visit){ .area = a.unit, .unchanged = { &a.far_person, 1 } };
    CHECK_INT(office_try(&o, visit, &a, NULL), ERR_NOT_FOUND);
    a.v = (struct visit){ .area = a.unit, .at = o.clock.at - DAYS(8) };
    CHECK_INT(office_try(&o, visit, &a, NULL), ERR_INVALID);
    a.v = (struct visit){ .area = a.unit };
    a.who.grants = &elsewhere;
    CHECK_INT(office_try(&o, visit, &a, NULL), ERR_DENIED);
    office_close(&o);
}
