/* consent.c -- what an elder has agreed to, since when and for how long, taken back as easily as given; and who had which door
 * key when. See care.h; rules/consents.yaml names the law. */
#include "modules/care/care_route.h"

#include "engine/account.h"
#include "engine/person_seal.h"
#include "engine/rule.h"

SQL(insert_consent, "insert into care_consent(id, elder, scope, given_by, name_sealed, day, until_day, made_at, account)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
SQL(stop_consent, "update care_consent set stopped_at = $1, stop_reason = $2 where elder = $3 and scope = $4 and stopped_at is null");
SQL(clear_medical, "update care_elder set medical_sealed = null where id = $1");
SQL(stop_service, "update care_elder set state = 'stopped', changed_at = $1 where id = $2");
SQL(insert_key, "insert into care_key(id, elder, act, holder, matter, at, account, note) values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(select_last_key, "select act from care_key where elder = $1 and holder = $2 order by id desc limit 1");

struct consent_form {
    struct has has;
    struct str scope, given_by, name;
    int64_t day, until;
};
static const struct field consent_form[] = {
    FIELD(struct consent_form, scope, RULE, .label = L("同意事项", "Scope"), .required = true, .ref = "consents"),
    FIELD(struct consent_form, given_by, CHOICE, .label = L("谁同意", "Given by"), .required = true, .choices = care_givers),
    FIELD(struct consent_form, name, TEXT, .label = L("签字人", "Who signed"), .max = 40, .mask = MASK_NAME, .purpose = "care"),
    FIELD(struct consent_form, day, DAY, .label = L("日期", "Day"), .help = L("不填为今天", "Today when empty")),
    FIELD(struct consent_form, until, DAY, .label = L("有效至", "Until")),
    { 0 },
};

static bool needs_guardian(const struct elder *e)
{
    return str_has(e->needs, S("guardian"));
}

static void consent_apply(struct req *r)
{
    const struct consent_form *f = r->form;
    struct elder e;
    struct person p;
    struct tx *tx = r->tx;
    if (!care_elder_see(tx, r->who, r->id, &e, &p))
        return;
    rule_check(tx, "consents", f->scope, "scope", (struct label)L("同意事项", "Scope"));
    int64_t today = day_number(tx->now), day = f->day ? f->day : today;
    if (day > today)
        care_bad(tx, "day", (struct label)L("日期", "Day"), (struct label)L("不能晚于今天", "It cannot lie ahead"));
    if (f->until && f->until < today)
        care_bad(tx, "until", (struct label)L("有效至", "Until"), (struct label)L("已经过期", "It is over already"));
    if (needs_guardian(&e) && str_is(f->given_by, "elder"))
        care_bad(tx, "given_by", (struct label)L("谁同意", "Given by"),
                 (struct label)L("该老人须由监护人代为同意", "A guardian consents for this elder"));
    if (tx_failed(tx))
        return;
    db_run(tx, stop_consent, IN(tx->now, "重新登记", r->id, f->scope));
    int64_t id = db_id(tx, "care_consent");
    db_run(tx, insert_consent, IN(id, r->id, f->scope, f->given_by, sealed_in(tx, "care_consent", id, "name", f->name), day,
                                  REF0(f->until), tx->now, REF0(r->who->account)));
    audit(tx, r->who, "add", "elder_consent", r->id, f->scope);
}

/* What rested on the consent ends with it: the notes are gone, the family's page shows nothing more. Calls for help are heard
 * for as long as a device hangs there: an emergency needs no consent (PIPL 13(4)). */
bool care_consent_stop(struct tx *tx, int64_t elder, struct str scope, struct str reason)
{
    if (db_run(tx, stop_consent, IN(tx->now, reason, elder, scope)) != 1)
        return false;
    if (str_is(scope, "medical"))
        db_run(tx, clear_medical, IN(elder));
    if (str_is(scope, "device"))
        db_run(tx, stop_service, IN(tx->now, elder));
    return !tx_failed(tx);
}

static void stop_apply(struct req *r)
{
    const struct text_form *f = r->form;
    struct elder e;
    struct person p;
    if (!care_elder_see(r->tx, r->who, r->id, &e, &p))
        return;
    if (!care_consent_stop(r->tx, r->id, r->part[0], f->text))
        tx_refuse(r->tx, ERR_NOT_FOUND, "没有这项有效的同意", "There is no such consent in force");
    audit(r->tx, r->who, "stop", "elder_consent", r->id, r->part[0]);
}

/* --- key custody --------------------------------------------------------------------------------------------------------- */

static const struct choice key_acts[] = {
    { "kept", L("交存", "Handed in") }, { "taken", L("领用", "Taken") }, { "returned", L("归还", "Returned") },
    { "given_back", L("退还本人", "Given back to the elder") }, { "lost", L("遗失", "Lost") }, { 0 },
};
struct key_form {
    struct has has;
    struct str act, holder, note;
    int64_t matter;
};
static const struct field key_form[] = {
    FIELD(struct key_form, act, CHOICE, .label = L("钥匙动作", "What happened"), .required = true, .choices = key_acts),
    FIELD(struct key_form, holder, TEXT, .label = L("经手人", "Who has it"), .required = true, .min = 2, .max = 40),
    FIELD(struct key_form, matter, ID, .label = L("因何事", "For which matter"), .ref = "matter"),
    FIELD(struct key_form, note, TEXT, .label = L("说明", "Remark"), .max = 200),
    { 0 },
};

static void key_apply(struct req *r)
{
    const struct key_form *f = r->form;
    struct elder e;
    struct person p;
    struct matter m;
    struct str last = S("");
    if (!care_elder_see(r->tx, r->who, r->id, &e, &p))
        return;
    if (f->matter)
        matter_see(r->tx, r->who, f->matter, &m);
    if (str_is(f->act, "kept") && !care_has_consent(r->tx, r->id, "keys"))
        care_bad(r->tx, "act", (struct label)L("钥匙动作", "What happened"),
                 (struct label)L("请先登记“代管钥匙”的同意", "Record the consent for keeping a key first"));
    db_one(r->tx, select_last_key, IN(r->id, f->holder), OUT(&last));
    if (str_is(f->act, "returned") && !str_is(last, "taken"))
        care_bad(r->tx, "holder", (struct label)L("经手人", "Who has it"),
                 (struct label)L("此人没有领用钥匙的记录", "Nothing says that this person took the key"));
    db_run(r->tx, insert_key, IN(db_id(r->tx, "care_key"), r->id, f->act, f->holder, REF0(f->matter), r->tx->now, REF0(r->who->account),
                                 f->note));
}

const struct route care_consent_routes[] = {
    { POST, "/elders/{id}/consents", CARE_STAFF, .apply = consent_apply, .show = care_elder_show, .form = consent_form,
      .form_size = sizeof(struct consent_form), .about = L("登记知情同意", "Record a consent") },
    { POST, "/elders/{id}/consents/{scope}/stop", CARE_STAFF, .apply = stop_apply, .show = care_elder_show, .form = care_reason_form,
      .form_size = sizeof(struct text_form), .about = L("撤回同意", "A consent is taken back") },
    { POST, "/elders/{id}/keys", CARE_STAFF, .apply = key_apply, .show = care_elder_show, .form = key_form,
      .form_size = sizeof(struct key_form), .about = L("钥匙交存、领用、归还", "Key custody") },
    { 0 },
};
