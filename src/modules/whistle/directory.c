/* directory.c -- whom to ring: department x street x named person, A before B (engine/org.h contact). See whistle.h. */
#include "modules/whistle/whistle.h"

const struct field whistle_directory_query[] = {
    FIELD(struct directory_query, street, ID, .label = L("街道", "Street"), .ref = "area"),
    FIELD(struct directory_query, org, ID, .label = L("部门", "Department"), .ref = "org"),
    { 0 },
};

static const struct choice ranks[] = { { "A", L("A 岗", "A") }, { "B", L("B 岗", "B") }, { 0 } };
const struct field whistle_contact_form[] = {
    FIELD(struct contact_form, org, ID, .label = L("部门", "Department"), .required = true, .ref = "org"),
    FIELD(struct contact_form, street, ID, .label = L("街道", "Street"), .required = true, .ref = "area"),
    FIELD(struct contact_form, person_name, TEXT, .label = L("姓名", "Name"), .required = true, .min = 2, .max = 40),
    FIELD(struct contact_form, phone, PHONE, .label = L("电话", "Telephone"), .required = true),
    FIELD(struct contact_form, rank, CHOICE, .label = L("岗位", "Rank"), .choices = ranks),
    { 0 },
};

/* Without a street the caller's own is meant; a district sees them all. */
static int64_t street_of(struct req *r)
{
    const struct directory_query *q = r->query;
    if (q && q->street)
        return q->street;
    return whistle_home(r->tx, r->who).street;
}

void whistle_directory_show(struct req *r)
{
    const struct directory_query *q = r->query;
    struct contact c;
    struct rows rows = contact_list(r->tx, street_of(r), q ? q->org : 0);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    while (contact_row(&rows, &c)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", c.id);
        json_key_int(&r->out, "org", c.org);
        json_key_str(&r->out, "org_name", c.org_name);
        json_key_int(&r->out, "street", c.street);
        json_key_str(&r->out, "street_name", c.street_name);
        json_key_str(&r->out, "person_name", c.name);
        json_key_str(&r->out, "phone", c.phone);
        json_key_str(&r->out, "rank", c.rank);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

void whistle_contact_apply(struct req *r)
{
    const struct contact_form *form = r->form;
    struct place place = { 0 };
    struct str name;
    if (!area_place(r->tx, form->street, &place) || place.street != form->street) {
        fault_clear(&r->tx->fault);
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("street"), .bad = BAD_REF, .label = L("街道", "Street"),
            .arg = S("街道") });
        return;
    }
    bool admin = who_has(r->who, R(ADMIN));
    if (!admin && !who_may(r->who, R(LEADER) | R(CLERK), place, 0))
        tx_refuse(r->tx, ERR_DENIED, "只能登记本街道的通讯录", "Only the directory of your own street");
    if (!whistle_can_call(r->tx, form->org, "org", &name))
        return;
    struct contact contact = {
        .org = form->org, .street = form->street, .name = form->person_name, .phone = form->phone,
        .rank = form->rank.n ? form->rank : S("A"),
    };
    contact_put(r->tx, &contact);
}
