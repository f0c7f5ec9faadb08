/* show.c -- what a page sees of a whistle, a call and a phone whistle; see whistle.h. */
#include "modules/whistle/whistle.h"

#include "engine/matter_view.h"
#include "engine/rule.h"

SQL(select_org_name, "select name from org where id = $1");

struct str whistle_org_name(struct tx *tx, int64_t org)
{
    struct str name = S("");
    if (org)
        db_one(tx, select_org_name, IN(org), OUT(&name));
    return name;
}

struct place whistle_home(struct tx *tx, const struct who *who)
{
    struct place place = { 0 };
    for (int i = 0; i < who->grant_count; i++)
        if (who->grants[i].area && who->grants[i].level != LEVEL_LAYER && area_place(tx, who->grants[i].area, &place))
            return place;
    return place;
}

int64_t whistle_office(struct tx *tx, struct place place)
{
    return org_of_place(tx, (struct place){ .street = place.street });
}

static struct str choice_label(const struct choice *choices, struct str name, enum lang lang)
{
    for (const struct choice *c = choices; c->name; c++)
        if (str_is(name, c->name))
            return label_in(c->label, lang);
    return name;
}

static void write_org(struct tx *tx, struct json *j, const char *key, int64_t org)
{
    json_key(j, key);
    if (org == 0) {
        json_nil(j);
        return;
    }
    json_obj(j);
    json_key_int(j, "id", org);
    json_key_str(j, "name", whistle_org_name(tx, org));
    json_end(j);
}

/* The item of the duty list behind a key: its text, and whether the list says that it is the street's own duty. */
static void write_duty(struct tx *tx, struct json *j, const char *key, const char *key_label, struct str item, enum lang lang)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "duty_list"), item);
    json_key(j, key);
    if (item.n)
        json_str(j, item);
    else
        json_nil(j);
    json_key_str(j, key_label, entry ? label_in(entry->label, lang) : S(""));
    json_key_bool(j, "own_duty", entry && str_is(rule_prop(entry, "group"), "basic"));
    json_key_str(j, "duty_lead", rule_prop(entry, "lead"));
}

void whistle_head_write(struct tx *tx, const struct who *who, struct json *j, const struct matter *m)
{
    struct matter_item item;
    if (!item_get(tx, m->id, &item))
        return;
    item_members(tx, j, &item, who->lang);
    json_key(j, "deadlines");
    matter_write_deadlines(tx, j, m, who->lang);
}

/* --- a call ---------------------------------------------------------------------------------------------------------- */

static void write_answer(struct json *j, const struct call_row *c, enum lang lang)
{
    json_key_time(j, "called_at", c->called_at);
    json_key_time(j, "answered_at", c->answered_at);
    json_key_str(j, "answered_by", c->answered_by);
    json_key_str(j, "answered_phone", c->answered_phone);
    json_key_str(j, "answered_channel", c->answered_channel);
    json_key_str(j, "answered_channel_label", choice_label(whistle_channels, c->answered_channel, lang));
    json_key_bool(j, "unsigned", c->is_unsigned);
    json_key(j, "in_time");
    if (c->answered_at)
        json_bool(j, c->in_time);
    else
        json_nil(j);
    json_key_time(j, "arrived_at", c->arrived_at);
    json_key_str(j, "came", c->came);
    json_key_time(j, "finished_at", c->finished_at);
    json_key_time(j, "agreed_at", c->agreed_at);
}

static void write_silence(struct tx *tx, struct json *j, const struct call_row *c, enum lang lang)
{
    json_key_time(j, "missed_at", c->missed_at);
    json_key_int(j, "urged", c->urged);
    json_key_time(j, "supervised_at", c->supervised_at);
    write_org(tx, j, "arbiter", c->arbiter);
    json_key_time(j, "declined_at", c->declined_at);
    write_duty(tx, j, "basis", "basis_label", c->basis, lang);
    json_key_str(j, "article", c->article);
    json_key_str(j, "ruling", c->ruling);
    json_key_time(j, "ruled_at", c->ruled_at);
}

static bool may_hand_out(const struct who *who, const struct matter *m)
{
    return who_may(who, WHISTLE_DESK, m->place, m->owner_org);
}

static void write_call(struct tx *tx, const struct who *who, struct json *j, const struct matter *m,
                       const struct call_row *c)
{
    json_key_int(j, "org", c->org);
    json_key_str(j, "org_name", c->org_name);
    json_key_bool(j, "lead", c->lead);
    json_key_time(j, "reply_by", c->reply_by);
    write_answer(j, c, who->lang);
    write_silence(tx, j, c, who->lang);
    if (may_hand_out(who, m) && phase_unfinished(m->phase))
        whistle_link_show(tx, j, LINK_CALL, c->id, c->link_round);
}

void whistle_call_write(struct tx *tx, const struct who *who, struct json *j, const struct call_row *c)
{
    struct matter m;
    if (!matter_get(tx, c->id, &m))
        return;
    json_obj(j);
    whistle_head_write(tx, who, j, &m);
    write_call(tx, who, j, &m, c);
    json_end(j);
}

void whistle_call_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct call_row c;
    struct matter m;
    if (!whistle_call_get(tx, id, &c) || !matter_get(tx, id, &m))
        return;
    json_key_int(j, "whistle", c.whistle);
    write_call(tx, who, j, &m, &c);
    whistle_ratings_show(tx, who, j, id);
}

/* --- a whistle ---------------------------------------------------------------------------------------------------------- */

/* A called department sees its own call; the lead one and the street see all of them. */
static bool sees_call(const struct who *who, const struct matter *m, const struct whistle_row *w, const struct call_row *c)
{
    return who_may(who, R_ANY & ~(R(ADMIN) | R(DEPT)), m->place, m->owner_org) || whistle_is_called(who, c->org) ||
           whistle_is_called(who, w->lead);
}

void whistle_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct whistle_row w;
    struct matter m;
    struct call_row *calls;
    if (!whistle_get(tx, id, &w) || !matter_get(tx, id, &m))
        return;
    json_key_str(j, "type", w.type);
    json_key_str(j, "type_label", choice_label(whistle_types, w.type, who->lang));
    write_duty(tx, j, "cannot_because", "cannot_because_label", w.cannot_because, who->lang);
    write_org(tx, j, "lead", w.lead);
    json_key_id(j, "source", w.source);
    json_key_time(j, "blown_at", w.blown_at);
    json_key_str(j, "approved_by", w.approved_by);
    json_key_bool(j, "unsigned", w.is_unsigned);
    json_key_str(j, "outcome", w.outcome);
    json_key_list(j, "calls");
    int count = whistle_calls(tx, id, &calls);
    for (int i = 0; i < count; i++)
        if (sees_call(who, &m, &w, &calls[i]))
            whistle_call_write(tx, who, j, &calls[i]);
    json_end(j);
    whistle_record_show(tx, j, id);
}

/* --- a phone whistle ------------------------------------------------------------------------------------------------------ */

void whistle_phone_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct phone_row p;
    struct matter m;
    if (!whistle_phone_get(tx, id, &p) || !matter_get(tx, id, &m))
        return;
    json_key_int(j, "org", p.org);
    json_key_str(j, "org_name", p.org_name);
    json_key_str(j, "person", p.person);
    json_key_str(j, "person_phone", p.person_phone);
    json_key_str(j, "firm", p.firm);
    json_key_id(j, "firm_id", p.firm_org);
    json_key_str(j, "promised", p.promised);
    json_key_time(j, "promised_until", p.promised_until);
    json_key_int(j, "rounds", p.rounds);
    json_key_id(j, "source", p.source);
    json_key_bool(j, "complete", p.complete);
    json_key_time(j, "answered_at", p.answered_at);
    json_key_str(j, "answer", p.answer);
    json_key_str(j, "result", p.result);
    json_key_str(j, "confirmed_by", p.confirmed_by);
    json_key_str(j, "confirmed_channel", p.confirmed_channel);
    json_key_time(j, "confirmed_at", p.confirmed_at);
    if (may_hand_out(who, &m) && phase_unfinished(m.phase))
        whistle_link_show(tx, j, LINK_FIRM, id, p.link_round);
}
