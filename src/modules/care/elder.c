/* elder.c -- the row of an elder's file, its risk grade, and what the other files of the module ask of it. See care.h. */
#include "modules/care/care.h"

#include "engine/person_seal.h"
#include "engine/rule.h"

SQL(select_elder, "select state, living, dialect, hearing, needs, risk, risk_rule, risk_note, called_sealed, spoken_sealed, door_sealed,"
                  " review_due, reviewed_at, changed_at, family_round, own_round from care_elder where id = $1");
SQL(select_medical, "select medical_sealed from care_elder where id = $1");
SQL(select_contacts, "select id, kind, position, name_sealed, phone_sealed, relation, has_key, key_note from care_contact"
                     " where elder = $1 and ended_at is null order by case kind when 'keyholder' then 1 when 'family' then 2"
                     " when 'guardian' then 3 when 'neighbour' then 4 else 5 end, position, id limit $2");
SQL(select_consent, "select 1 from care_consent where elder = $1 and scope = $2 and stopped_at is null"
                    " and (until_day is null or until_day >= $3)");

const struct choice care_living[] = {
    { "alone", L("独居", "Alone") }, { "couple", L("仅老年夫妻", "Elderly couple") },
    { "family", L("与子女同住", "With family") }, { "other", L("其他", "Otherwise") }, { 0 },
};
const struct choice care_hearing[] = {
    { "good", L("听力正常", "Hears well") }, { "hard", L("重听", "Hard of hearing") }, { "deaf", L("听障", "Deaf") },
    { "speechless", L("失语", "Without speech") }, { 0 },
};
const struct choice care_risks[] = {
    { "high", L("高风险", "High risk") }, { "middle", L("中风险", "Middle risk") }, { "low", L("低风险", "Low risk") }, { 0 },
};
const struct choice care_contact_kinds[] = {
    { "keyholder", L("持钥人", "Key-holder") }, { "family", L("家属", "Family") }, { "guardian", L("监护人", "Guardian") },
    { "neighbour", L("邻居", "Neighbour") }, { "doctor", L("家庭医生", "Family doctor") }, { 0 },
};
const struct choice care_givers[] = {
    { "elder", L("本人", "The elder") }, { "guardian", L("监护人", "The guardian") }, { 0 },
};

struct label care_choice(const struct choice *choices, struct str name)
{
    for (const struct choice *c = choices; c->name; c++)
        if (str_is(name, c->name))
            return c->label;
    return (struct label)L("", "");
}

struct str care_rule_label(struct tx *tx, const char *rule, struct str key, enum lang lang)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), rule), key);
    return entry ? label_in(entry->label, lang) : key;
}

int64_t care_setting(struct tx *tx, const char *key, int64_t otherwise)
{
    return rule_int(rule_entry(rule_set(rules_of(tx), "care"), str_of(key)), "value", otherwise);
}

void care_bad(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

bool care_elder_get(struct tx *tx, int64_t id, struct elder *ret)
{
    struct blob called = { S("") }, spoken = called, door = called;
    struct elder e = { .id = id };
    if (!id || !db_one(tx, select_elder, IN(id),
                       OUT(&e.state, &e.living, &e.dialect, &e.hearing, &e.needs, &e.risk, &e.risk_rule, &e.risk_note, &called, &spoken,
                           &door, &e.review_due, &e.reviewed_at, &e.changed_at, &e.family_round, &e.own_round)))
        return false;
    e.called = sealed_out(tx, "care_elder", id, "called", called);
    e.spoken = sealed_out(tx, "care_elder", id, "spoken", spoken);
    e.door = sealed_out(tx, "care_elder", id, "door", door);
    *ret = e;
    return true;
}

struct str care_elder_medical(struct tx *tx, int64_t id)
{
    struct blob sealed = { S("") };
    if (!care_has_consent(tx, id, "medical"))
        return S("");
    db_one(tx, select_medical, IN(id), OUT(&sealed));
    return sealed_out(tx, "care_elder", id, "medical", sealed);
}

static bool not_found(struct tx *tx)
{
    fault_clear(&tx->fault);
    tx_refuse(tx, ERR_NOT_FOUND, 0);
    return false;
}

bool care_elder_see(struct tx *tx, const struct who *who, int64_t id, struct elder *ret_elder, struct person *ret_masked)
{
    struct place place = { 0 };
    struct person p = { 0 };
    if (!person_masked(tx, id, &p) || !care_elder_get(tx, id, ret_elder))
        return not_found(tx);
    if (!p.area || !area_place(tx, p.area, &place) || !who_may(who, CARE_STAFF, place, 0))
        return not_found(tx);
    *ret_masked = p;
    return true;
}

bool care_has_consent(struct tx *tx, int64_t elder, const char *scope)
{
    int64_t one = 0;
    return db_one(tx, select_consent, IN(elder, scope, day_number(tx->now)), OUT(&one));
}

int care_contacts(struct tx *tx, int64_t elder, struct care_contact out[CONTACTS_MAX])
{
    int count = 0;
    struct blob name = { S("") }, phone = name;
    struct care_contact c = { 0 };
    struct rows rows = db_get(tx, select_contacts, IN(elder, (int64_t)CONTACTS_MAX));
    while (count < CONTACTS_MAX &&
           db_row(&rows, OUT(&c.id, &c.kind, &c.position, &name, &phone, &c.relation, &c.has_key, &c.key_note))) {
        c.name = sealed_out(tx, "care_contact", c.id, "name", name);
        c.phone = sealed_out(tx, "care_contact", c.id, "phone", phone);
        out[count++] = c;
    }
    rows_end(&rows);
    return count;
}

struct str care_area_name(struct tx *tx, int64_t area)
{
    return area ? area_full_name(tx, area) : S("");
}

/* --- the risk grade ----------------------------------------------------------------------------------------------------- */

int care_age(ms now, int64_t born)
{
    if (born <= 0)
        return 0;
    int64_t today = day_number(now), years = today / 10000 - born / 10000;
    return (int)(today % 10000 < born % 10000 ? years - 1 : years);
}

/* Is `word` one of the blank-separated words? */
static bool has_word(struct str words, struct str word)
{
    struct str part;
    while (str_cut(&words, ' ', &part))
        if (word.n && str_eq(part, word))
            return true;
    return false;
}

static bool fits(const struct rule_entry *entry, const struct elder *e, int age)
{
    struct str living = rule_prop(entry, "living"), need = rule_prop(entry, "need"), hearing = rule_prop(entry, "hearing");
    int64_t age_min = rule_int(entry, "age_min", 0);
    return (living.n == 0 || str_eq(living, e->living)) && (need.n == 0 || has_word(e->needs, need)) &&
           (hearing.n == 0 || has_word(hearing, e->hearing)) && (age_min == 0 || age >= age_min);
}

void care_risk_grade(struct tx *tx, const struct elder *e, int64_t born, struct str *ret_risk, struct str *ret_rule)
{
    const struct rule_set *set = rule_set(rules_of(tx), "elder_risk");
    int age = care_age(tx->now, born);
    *ret_risk = S("low");
    *ret_rule = S("other");
    for (int i = 0; set && i < set->count; i++)
        if (fits(&set->entries[i], e, age)) {
            *ret_risk = rule_prop(&set->entries[i], "grade");
            *ret_rule = set->entries[i].key;
            return;
        }
}

int care_risk_rank(struct str risk)
{
    return str_is(risk, "high") ? 3 : str_is(risk, "middle") ? 2 : 1;
}
