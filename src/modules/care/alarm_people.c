/* alarm_people.c -- whom an alarm rings beside the answering seats: key-holders, family and the nearest responder at once, in
 * the order of the file. See care.h. */
#include "modules/care/care.h"

#include "engine/keys.h"
#include "engine/ring.h"

/* Seats with a telephone that stand nearest to the door: finest area first, then kind. */
SQL(select_responders, "with recursive up(id, parent, level) as (select id, parent, level from area where id = $1"
    " union all select a.id, a.parent, a.level from area a join up on a.id = up.parent)"
    " select s.id, s.name, s.phone from up join seat s on s.area = up.id where s.kind in ('responder', 'grid_worker', 'unit_manager',"
    " 'building_head', 'direct', 'property_manager', 'volunteer') and s.phone is not null and s.phone <> '' and up.level >= $2"
    " order by up.level desc, case s.kind when 'responder' then 1 when 'grid_worker' then 2 when 'unit_manager' then 3 else 4 end, s.id limit $3");
SQL(insert_rung, "insert into care_rung(alarm, phone, at) values ($1, $2, $3) on conflict do nothing");

enum { RESPONDERS_MAX = 2 };

/* One telephone once for one alarm, however often danger is said; a human may ring it again by hand. */
static void ring_once(struct tx *tx, int64_t alarm, int64_t person, struct str name, struct str phone, const char *why)
{
    struct str normal;
    if (!phone_normal(tx->arena, phone, &normal))
        return;
    struct blob blind = { keys_blind(engine_of(tx)->keys, tx->arena, "phone", normal) };
    if (db_run(tx, insert_rung, IN(alarm, blind, tx->now)) == 1)
        ring_person(tx, alarm, person, name, normal, why);
}

static void ring_contacts(struct tx *tx, int64_t alarm, int64_t elder)
{
    struct care_contact list[CONTACTS_MAX];
    int count = care_contacts(tx, elder, list);
    for (int i = 0; i < count; i++)
        if (!str_is(list[i].kind, "doctor"))
            ring_once(tx, alarm, 0, list[i].name, list[i].phone, arena_z(tx->arena, list[i].kind));
}

static void ring_responders(struct tx *tx, const struct matter *m)
{
    struct { int64_t seat; struct str name, phone; } found[RESPONDERS_MAX];
    int count = 0;
    struct rows rows = db_get(tx, select_responders, IN(m->place.area, (int64_t)LEVEL_COMMUNITY, (int64_t)RESPONDERS_MAX));
    while (count < RESPONDERS_MAX && db_row(&rows, OUT(&found[count].seat, &found[count].name, &found[count].phone)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        ring_once(tx, m->id, 0, found[i].name, found[i].phone, "responder");
}

void care_ring_people(struct tx *tx, const struct who *who, const struct matter *m, const struct care_alarm *a)
{
    (void)who;
    if (a->drill)
        return;
    if (a->elder)
        ring_contacts(tx, m->id, a->elder);
    ring_responders(tx, m);
}
