/* family.c -- 今日平安: one line a day to the elder's family, by a long secret link: the device is alive, help was needed or not.
 * Nothing else: no place, no illness, no times of the day. The elder has a page of their own that shows what is told and stops
 * it. Both links end when the consent does. See care.h; PRACTICE: 今日平安. */
#include "modules/care/care_route.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/erase.h"
#include "engine/one_time.h"
#include "engine/person_seal.h"
#include "engine/rule.h"

SQL(update_family, "update care_elder set family_round = $1 where id = $2");
SQL(update_own, "update care_elder set own_round = $1 where id = $2");
SQL(select_rounds, "select coalesce(max(family_round), 0), coalesce(max(own_round), 0) from care_elder where id = $1");
SQL(select_due, "select c.elder from care_consent c where c.scope = 'family_line' and c.stopped_at is null and (c.until_day is null or"
    " c.until_day >= $1) and not exists (select 1 from care_day x where x.elder = c.elder and x.day = $1) order by c.elder limit $2");
SQL(insert_day, "insert into care_day(elder, day, at, alive, silent_since, helped, open_help) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing");
SQL(select_devices, "select count(*), sum(case when d.interval_s > 0 and coalesce(d.seen_at, d.made_at) + d.interval_s * 3000 < $1 then 1 else 0 end),"
    " min(coalesce(d.seen_at, d.made_at)) from device d where d.person = $2 and d.state = 'active'");
SQL(select_helped, "select count(*), sum(case when outcome_at is null then 1 else 0 end) from care_alarm where elder = $1 and pressed_at >= $2"
    " and drill = 0 and coalesce(outcome, '') not in ('test', 'mistake', 'drill')");
SQL(select_days, "select day, at, alive, silent_since, helped, open_help from care_day where elder = $1 order by day desc limit $2");
SQL(select_open, "select id from care_alarm where elder = $1 and ended_at is null and outcome_at is null and drill = 0 limit 1");

#define FAMILY "family"
#define OWN "elder_page"
enum { TICK_MAX = 200, DAYS_SHOWN = 14 };

/* --- each evening ------------------------------------------------------------------------------------------------------------ */

static void write_day(struct tx *tx, int64_t elder, int64_t day)
{
    int64_t devices = 0, silent = 0, helped = 0, open = 0;
    ms heard = 0;
    db_one(tx, select_devices, IN(tx->now, elder), OUT(&devices, &silent, &heard));
    db_one(tx, select_helped, IN(elder, day_start(tx->now)), OUT(&helped, &open));
    bool alive = devices > 0 && silent == 0;
    db_run(tx, insert_day, IN(elder, day, tx->now, alive, alive ? in_nil(NIL) : in_i64(heard), helped, open));
}

void care_family_tick(struct tx *tx)
{
    int64_t ids[TICK_MAX], day = day_number(tx->now);
    int count = 0;
    if (civil_of(tx->now).hour < care_setting(tx, "family.hour", 18))
        return;
    struct rows rows = db_get(tx, select_due, IN(day, (int64_t)TICK_MAX));
    while (count < TICK_MAX && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        write_day(tx, ids[i], day);
}

/* --- links --------------------------------------------------------------------------------------------------------------------- */

static void offer(struct req *r, const char *purpose, bool family)
{
    struct elder e;
    struct person p;
    struct tx *tx = r->tx;
    if (!care_elder_see(tx, r->who, r->id, &e, &p))
        return;
    if (family && !care_has_consent(tx, r->id, "family_line"))
        tx_refuse(tx, ERR_STATE, "请先登记“每天向家属报平安”的同意", "Record the consent to the daily line first");
    int64_t round = family ? e.family_round : e.own_round;
    if (tx_failed(tx))
        return;
    if (round)
        one_time_end(tx, purpose, r->id, round);
    one_time_offer(tx, purpose, r->id, round + 1, tx->now + DAYS(care_setting(tx, "family.days", 365)));
    if (family)
        db_run(tx, update_family, IN(round + 1, r->id));
    else
        db_run(tx, update_own, IN(round + 1, r->id));
    audit(tx, r->who, "add", family ? "family_link" : "elder_link", r->id, S(""));
}

static void family_offer(struct req *r)
{
    offer(r, FAMILY, true);
}

static void own_offer(struct req *r)
{
    offer(r, OWN, false);
}

static void link_show(struct req *r, const char *purpose, const char *path, bool family)
{
    int64_t rounds[2] = { 0 };
    db_one(r->tx, select_rounds, IN(r->id), OUT(&rounds[0], &rounds[1]));
    int64_t round = rounds[family ? 0 : 1];
    if (round == 0)
        return;
    json_obj(&r->out);
    json_key_str(&r->out, "link", arena_format(r->arena, "/%s/" STR_FMT, path, STR_ARG(one_time_token(r->tx, purpose, r->id, round))));
    json_key_time(&r->out, "until", one_time_until(r->tx, purpose, r->id, round));
    json_end(&r->out);
}

static void family_link(struct req *r)
{
    link_show(r, FAMILY, "family", true);
}

static void own_link(struct req *r)
{
    link_show(r, OWN, "elder", false);
}

/* --- the pages --------------------------------------------------------------------------------------------------------------------- */

/* The first letter of the name is enough for somebody who has the link. */
static struct str shown_name(struct tx *tx, int64_t elder)
{
    struct person p = { 0 };
    struct elder e;
    if (care_elder_get(tx, elder, &e) && e.called.n)
        return e.called;
    person_masked(tx, elder, &p);
    return p.name;
}

static struct str line(const struct req *r, bool alive, int64_t helped, int64_t open)
{
    bool zh = r->lang == ZH;
    if (open)
        return zh ? S("今天按过呼叫，工作人员正在处理。") : S("Help was called for today; staff are on it.");
    if (!alive && helped)
        return zh ? S("今天按过呼叫，已处理；设备暂时联系不上，工作人员在核实。") : S("Help was called for and given; the device cannot be reached, staff are checking.");
    if (!alive)
        return zh ? S("设备暂时联系不上，工作人员在核实。") : S("The device cannot be reached; staff are checking.");
    if (helped)
        return zh ? S("今天按过呼叫，已处理；设备正常。") : S("Help was called for today and given; the device works.");
    return zh ? S("今日平安：设备正常，没有呼叫。") : S("All is well: the device works, no call for help.");
}

static void days_write(struct req *r, int64_t elder)
{
    int64_t day = 0, helped = 0, open = 0;
    ms at = 0, silent_since = 0;
    bool alive = false;
    json_key_list(&r->out, "days");
    struct rows rows = db_get(r->tx, select_days, IN(elder, (int64_t)DAYS_SHOWN));
    while (db_row(&rows, OUT(&day, &at, &alive, &silent_since, &helped, &open))) {
        json_obj(&r->out);
        json_key(&r->out, "day");
        json_day(&r->out, (int)day);
        json_key_str(&r->out, "line", line(r, alive, helped, open));
        json_key_bool(&r->out, "alive", alive);
        json_key_bool(&r->out, "helped", helped > 0);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static bool told(struct req *r, int64_t elder)
{
    if (care_has_consent(r->tx, elder, "family_line"))
        return true;
    tx_refuse(r->tx, ERR_GONE, "老人已停止每天报平安", "The elder has stopped the daily line");
    return false;
}

static void family_page(struct req *r)
{
    int64_t elder = 0;
    if (!one_time_look(r->tx, FAMILY, r->part[0], &elder) || !told(r, elder))
        return;
    json_obj(&r->out);
    json_key_str(&r->out, "name", shown_name(r->tx, elder));
    json_key_int(&r->out, "hour", care_setting(r->tx, "family.hour", 18));
    days_write(r, elder);
    json_end(&r->out);
}

static void own_members(struct req *r, int64_t elder)
{
    struct care_contact list[CONTACTS_MAX];
    int64_t open = 0;
    int count = care_contacts(r->tx, elder, list);
    json_obj(&r->out);
    json_key_str(&r->out, "name", shown_name(r->tx, elder));
    json_key_bool(&r->out, "family_line", care_has_consent(r->tx, elder, "family_line"));
    json_key_bool(&r->out, "help_is_coming", db_one(r->tx, select_open, IN(elder), OUT(&open)));
    json_key_list(&r->out, "contacts");
    for (int i = 0; i < count; i++) {
        json_obj(&r->out);
        json_key_str(&r->out, "kind_label", label_in(care_choice(care_contact_kinds, list[i].kind), r->lang));
        json_key_str(&r->out, "name", list[i].relation.n ? list[i].relation : mask_text(r->arena, MASK_NAME, list[i].name));
        json_end(&r->out);
    }
    json_end(&r->out);
    days_write(r, elder);
    json_key_list(&r->out, "looked");
    struct access_item item;
    struct rows rows = access_list(r->tx, "person", elder, 20);
    while (access_row(&rows, &item)) {
        json_obj(&r->out);
        json_key_time(&r->out, "at", item.at);
        json_key_str(&r->out, "who_name", item.who_name);
        json_key_str(&r->out, "reason", item.reason);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void own_page(struct req *r)
{
    int64_t elder = 0;
    if (one_time_look(r->tx, OWN, r->part[0], &elder))
        own_members(r, elder);
}

/* The elder's own word: nothing is told from this moment, and the family's link shows only that. */
static void own_stop(struct req *r)
{
    int64_t elder = 0;
    if (!one_time_look(r->tx, OWN, r->part[0], &elder))
        return;
    r->id = elder;
    if (!care_consent_stop(r->tx, elder, S("family_line"), S("老人本人在自己的页面停止")))
        tx_refuse(r->tx, ERR_STATE, "已经停止", "It is stopped already");
    audit(r->tx, r->who, "stop", "elder_consent", elder, S("family_line"));
}

/* --- erasure --------------------------------------------------------------------------------------------------------------------- */

SQL(erase_elder, "update care_elder set called_sealed = null, spoken_sealed = null, door_sealed = null, medical_sealed = null, needs = '',"
                 " dialect = null, hearing = null, risk_note = null, state = 'stopped' where id = $1");
SQL(erase_contacts, "delete from care_contact where elder = $1");
SQL(erase_consents, "update care_consent set name_sealed = null, stopped_at = coalesce(stopped_at, $1) where elder = $2");
SQL(erase_keys, "update care_key set note = null where elder = $1");
SQL(erase_days, "delete from care_day where elder = $1");
SQL(erase_alarms, "update care_alarm set heard = null where elder = $1");
SQL(erase_said, "update care_service set said = null where elder = $1");

static void erase(struct tx *tx, const struct erasing *e)
{
    db_run(tx, erase_elder, IN(e->person.id));
    db_run(tx, erase_contacts, IN(e->person.id));
    db_run(tx, erase_consents, IN(tx->now, e->person.id));
    db_run(tx, erase_keys, IN(e->person.id));
    db_run(tx, erase_days, IN(e->person.id));
    db_run(tx, erase_alarms, IN(e->person.id));
    db_run(tx, erase_said, IN(e->person.id));
}
const struct erase_place care_erases[] = {
    { "care_elder", L("老人档案、联系人、同意和每日平安", "the elder's file, contacts, consents and daily lines"), erase },
    { .name = NULL },
};

const struct route care_family_routes[] = {
    { POST, "/elders/{id}/family", CARE_STAFF, .apply = family_offer, .show = family_link, .flags = ROUTE_SECRET_ANSWER,
      .about = L("给家属的今日平安链接；旧链接失效", "A new link to the family's page; the old one ends") },
    { POST, "/elders/{id}/page", CARE_STAFF, .apply = own_offer, .show = own_link, .flags = ROUTE_SECRET_ANSWER,
      .about = L("给老人本人的页面链接", "A link to the elder's own page") },
    { GET, "/public/family/{token}", R_PUBLIC, .show = family_page, .flags = ROUTE_SLOW_DOWN, .about = L("今日平安：家属页面", "The family's page") },
    { GET, "/public/elder/{token}", R_PUBLIC, .show = own_page, .flags = ROUTE_SLOW_DOWN,
      .about = L("老人自己的页面：告诉了家属什么、谁看过", "The elder's own page: what is told, who looked") },
    { POST, "/public/elder/{token}/stop", R_PUBLIC, .apply = own_stop, .show = own_page, .flags = ROUTE_SLOW_DOWN | ROUTE_NO_CSRF,
      .about = L("老人停止向家属报平安", "The elder stops the daily line") },
    { 0 },
};
