/* elder_put.c -- writing an elder's file: POST and PUT /elders, contacts in their order, the yearly review. See care.h. */
#include "modules/care/care_route.h"

#include "engine/account.h"
#include "engine/person_seal.h"
#include "engine/rule.h"

SQL(insert_elder, "insert into care_elder(id, state, living, dialect, hearing, needs, risk, risk_rule, risk_note, called_sealed,"
                  " spoken_sealed, door_sealed, medical_sealed, review_due, reviewed_at, made_at, changed_at)"
                  " values ($1, 'active', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
SQL(update_elder, "update care_elder set state = $1, living = $2, dialect = $3, hearing = $4, needs = $5, risk = $6, risk_rule = $7,"
                  " risk_note = $8, called_sealed = $9, spoken_sealed = $10, door_sealed = $11, changed_at = $12 where id = $13");
SQL(update_medical, "update care_elder set medical_sealed = $1 where id = $2");
SQL(update_reviewed, "update care_elder set reviewed_at = $1, review_due = $2 where id = $3");
SQL(end_contacts, "update care_contact set ended_at = $1 where elder = $2 and ended_at is null");
SQL(insert_contact, "insert into care_contact(id, elder, kind, position, name_sealed, phone_sealed, relation, has_key, key_note, made_at)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

#define CARE "care"
const struct field care_elder_form[] = {
    FIELD(struct elder_form, person, ID, .label = L("居民", "Resident"), .ref = "person",
          .help = L("已登记的居民；不填则按下面的姓名等新建", "A resident known already; else a new one by the fields below")),
    FIELD(struct elder_form, name, TEXT, .label = L("姓名", "Name"), .max = 40, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct elder_form, id_number, IDCARD, .label = L("身份证号", "Identity number"), .mask = MASK_IDCARD, .purpose = CARE),
    FIELD(struct elder_form, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE, .purpose = CARE),
    FIELD(struct elder_form, address, TEXT, .label = L("住址", "Address"), .max = 200, .mask = MASK_ADDRESS, .purpose = CARE),
    FIELD(struct elder_form, area, ID, .label = L("所在户、单元或楼院", "Where"), .ref = "area"),
    FIELD(struct elder_form, living, CHOICE, .label = L("居住情况", "Lives"), .choices = care_living),
    FIELD(struct elder_form, hearing, CHOICE, .label = L("听说能力", "Hearing and speech"), .choices = care_hearing),
    FIELD(struct elder_form, dialect, TEXT, .label = L("方言", "Dialect"), .max = 20,
          .help = L("接警时优先转给听得懂的坐席，例如 郑州话", "Calls go to a seat that understands it")),
    FIELD(struct elder_form, needs, TEXTS, .label = L("照护需求", "Needs"), .max = 12),
    FIELD(struct elder_form, called, TEXT, .label = L("称呼", "Called"), .max = 20, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct elder_form, spoken, LONG_TEXT, .label = L("报给 120 的地址", "Address as spoken to an ambulance"), .max = 300,
          .mask = MASK_ADDRESS, .purpose = "rescue",
          .help = L("路口、院门、楼、单元、层、户，以及怎么找", "Crossing, gate, building, entrance, floor, door, and how to find it")),
    FIELD(struct elder_form, door, LONG_TEXT, .label = L("怎样进门", "How one gets in"), .max = 300, .mask = MASK_HIDE, .purpose = "rescue"),
    FIELD(struct elder_form, medical, LONG_TEXT, .label = L("病史和用药", "Medical notes"), .max = 1000, .mask = MASK_HIDE,
          .purpose = "rescue", .help = L("须先登记本人或监护人的同意", "Needs the consent for medical notes first")),
    FIELD(struct elder_form, risk, CHOICE, .label = L("人工定级", "Risk set by hand"), .choices = care_risks),
    FIELD(struct elder_form, risk_note, TEXT, .label = L("人工定级的理由", "Why it is set by hand"), .max = 200),
    FIELD(struct elder_form, state, CHOICE, .label = L("服务状态", "Service"), .choices = care_elder_states),
    { 0 },
};
const struct choice care_elder_states[] = {
    { "active", L("服务中", "Active") }, { "stopped", L("已停止", "Stopped") }, { 0 },
};

/* --- the file ------------------------------------------------------------------------------------------------------------ */

static struct str needs_of(struct tx *tx, const struct texts *needs)
{
    struct buf b = buf_in(tx->arena);
    for (int64_t i = 0; i < needs->count; i++) {
        rule_check(tx, "elder_needs", needs->items[i], "needs", (struct label)L("照护需求", "Needs"));
        if (b.n)
            buf_char(&b, ' ');
        buf_put(&b, needs->items[i]);
    }
    return buf_str(&b);
}

static struct in seal(struct tx *tx, int64_t id, const char *field, struct str text)
{
    return sealed_in(tx, "care_elder", id, field, text);
}

static struct in text_in(struct str text)
{
    return text.n ? in_str(text) : in_nil(NIL);
}

/* A grade by hand stays until somebody takes it back; the rule's grade follows what is known. */
static void grade(struct tx *tx, struct elder *e, const struct elder *given, int64_t born)
{
    if (given->risk.n) {
        if (str_chars(given->risk_note) < 2)
            care_bad(tx, "risk_note", (struct label)L("人工定级的理由", "Why it is set by hand"),
                     (struct label)L("请说明理由", "Say why"));
        e->risk = given->risk;
        e->risk_rule = S("");
        e->risk_note = given->risk_note;
    } else if (e->risk.n == 0 || e->risk_rule.n) {
        care_risk_grade(tx, e, born, &e->risk, &e->risk_rule);
    }
}

static struct str over(struct str given, struct str known)
{
    return given.n ? given : known;
}

static void write_elder(struct tx *tx, const struct elder *e, bool known)
{
    if (known) {
        db_run(tx, update_elder, IN(e->state, e->living, e->dialect, e->hearing, e->needs, e->risk, text_in(e->risk_rule),
                                    text_in(e->risk_note), seal(tx, e->id, "called", e->called), seal(tx, e->id, "spoken", e->spoken),
                                    seal(tx, e->id, "door", e->door), tx->now, e->id));
        return;
    }
    ms due = tx->now + DAYS(care_setting(tx, "review.days", 365));
    db_run(tx, insert_elder, IN(e->id, e->living, e->dialect, e->hearing, e->needs, e->risk, text_in(e->risk_rule), text_in(e->risk_note),
                                seal(tx, e->id, "called", e->called), seal(tx, e->id, "spoken", e->spoken), seal(tx, e->id, "door", e->door),
                                in_nil(NIL), due, tx->now, tx->now, tx->now));
}

static void put_medical(struct tx *tx, int64_t id, struct str medical)
{
    if (medical.n == 0)
        return;
    if (!care_has_consent(tx, id, "medical"))
        care_bad(tx, "medical", (struct label)L("病史和用药", "Medical notes"),
                 (struct label)L("请先登记“病史和用药”的知情同意", "Record the consent for medical notes first"));
    db_run(tx, update_medical, IN(seal(tx, id, "medical", medical), id));
}

int64_t care_elder_put(struct tx *tx, const struct who *who, const struct elder *given, const struct person *given_person)
{
    struct elder e = { .state = S("active"), .living = S("other"), .hearing = S("good") };
    struct person p = *given_person;
    struct person clear = { 0 };
    if (p.id == 0)
        p.id = person_find(tx, &p);
    if (p.id && p.area == 0 && person_clear(tx, p.id, &clear))
        p.area = clear.area;
    int64_t id = person_put(tx, who, &p, "care");
    if (id == 0)
        return 0;
    bool known = care_elder_get(tx, id, &e);
    e.id = id;
    e.state = over(given->state, e.state);
    e.living = over(given->living, e.living);
    e.dialect = over(given->dialect, e.dialect);
    e.hearing = over(given->hearing, e.hearing);
    e.needs = over(given->needs, e.needs);
    e.called = over(given->called, e.called);
    e.spoken = over(given->spoken, e.spoken);
    e.door = over(given->door, e.door);
    person_clear(tx, id, &clear);
    grade(tx, &e, given, clear.born);
    if (clear.area == 0)
        care_bad(tx, "area", (struct label)L("所在户、单元或楼院", "Where"), (struct label)L("请说明老人住在哪里", "Say where the elder lives"));
    write_elder(tx, &e, known);
    put_medical(tx, id, given->medical);
    audit(tx, who, known ? "change" : "add", "elder", id, e.risk);
    return tx_failed(tx) ? 0 : id;
}

static int64_t put_form(struct req *r, int64_t id)
{
    const struct elder_form *f = r->form;
    struct person p = { .id = id ? id : f->person, .name = f->name, .id_number = f->id_number, .phone = f->phone,
                        .address = f->address, .area = f->area };
    struct elder e = { .state = f->state, .living = f->living, .dialect = f->dialect, .hearing = f->hearing, .called = f->called,
                       .spoken = f->spoken, .door = f->door, .medical = f->medical, .risk = f->risk, .risk_note = f->risk_note,
                       .needs = needs_of(r->tx, &f->needs) };
    if (!p.id && (p.name.n == 0 || p.area == 0))
        care_bad(r->tx, p.name.n ? "area" : "name", (struct label)L("老人", "Elder"),
                 (struct label)L("请填写姓名和住处，或选择已登记的居民", "Give name and place, or choose a known resident"));
    if (tx_failed(r->tx))
        return 0;
    return care_elder_put(r->tx, r->who, &e, &p);
}

void care_elder_add_apply(struct req *r)
{
    r->id = put_form(r, 0);
    r->location = arena_format(r->arena, "/api/v1/elders/%lld", (long long)r->id);
}

void care_elder_put_apply(struct req *r)
{
    struct elder e;
    struct person p;
    if (care_elder_see(r->tx, r->who, r->id, &e, &p))
        put_form(r, r->id);
}

/* --- contacts, in the order in which they are rung ------------------------------------------------------------------------ */

static const struct field contact_rows[] = {
    FIELD(struct contact_entry, kind, CHOICE, .label = L("身份", "Kind"), .required = true, .choices = care_contact_kinds),
    FIELD(struct contact_entry, name, TEXT, .label = L("姓名", "Name"), .required = true, .max = 40, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct contact_entry, phone, PHONE, .label = L("电话", "Telephone"), .required = true, .mask = MASK_PHONE, .purpose = CARE),
    FIELD(struct contact_entry, relation, TEXT, .label = L("关系", "Relation"), .max = 20),
    FIELD(struct contact_entry, has_key, BOOL, .label = L("有钥匙", "Has a key")),
    FIELD(struct contact_entry, key_note, TEXT, .label = L("钥匙说明", "About the key"), .max = 100),
    { 0 },
};
const struct field care_contacts_form[] = {
    FIELD(struct contacts_form, contacts, LIST, .label = L("联系人（按呼叫顺序）", "Contacts, in the order of ringing"), .sub = contact_rows,
          .sub_size = sizeof(struct contact_entry), .max = CONTACTS_MAX),
    { 0 },
};

void care_contacts_write(struct tx *tx, int64_t elder, const struct contact_entry *list, int64_t count)
{
    db_run(tx, end_contacts, IN(tx->now, elder));
    for (int64_t i = 0; i < count; i++) {
        int64_t id = db_id(tx, "care_contact");
        db_run(tx, insert_contact, IN(id, elder, list[i].kind, i + 1, sealed_in(tx, "care_contact", id, "name", list[i].name),
                                      sealed_in(tx, "care_contact", id, "phone", list[i].phone), list[i].relation, list[i].has_key,
                                      text_in(list[i].key_note), tx->now));
    }
}

void care_contacts_apply(struct req *r)
{
    const struct contacts_form *f = r->form;
    struct elder e;
    struct person p;
    if (!care_elder_see(r->tx, r->who, r->id, &e, &p))
        return;
    care_contacts_write(r->tx, r->id, f->contacts.items, f->contacts.count);
    audit(r->tx, r->who, "change", "elder_contacts", r->id, S(""));
}

/* --- the yearly review ------------------------------------------------------------------------------------------------------ */

void care_review_apply(struct req *r)
{
    const struct text_form *f = r->form;
    struct elder e;
    struct person p, clear = { 0 };
    if (!care_elder_see(r->tx, r->who, r->id, &e, &p) || !person_clear(r->tx, r->id, &clear))
        return;
    struct elder again = { .risk = S("") };
    grade(r->tx, &e, &again, clear.born);
    write_elder(r->tx, &e, true);
    person_confirm(r->tx, r->id);
    db_run(r->tx, update_reviewed, IN(r->tx->now, r->tx->now + DAYS(care_setting(r->tx, "review.days", 365)), r->id));
    audit(r->tx, r->who, "review", "elder", r->id, f->text);
}
