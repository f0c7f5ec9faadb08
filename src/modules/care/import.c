/* import.c -- elders from tables and into tables: the list that a community already keeps. Key-holder and family are the first of
 * each; more are added on the page. Medical notes are in no table: they need a consent of their own. What is taken out is in
 * clear, so that it can be read in again elsewhere; it needs a reason, logged for each elder. See engine/import.h. */
#include "modules/care/care_route.h"

#include "engine/area.h"
#include "engine/account.h"
#include "engine/import.h"
#include "engine/office/csv.h"
#include "engine/office/xlsx_write.h"

struct elder_row {
    struct has has;
    struct str name, id_number, phone, area_code, address, living, hearing, dialect, spoken, family, family_phone, keyholder, keyholder_phone;
};
#define CARE "care"
static const struct field elder_row_form[] = {
    FIELD(struct elder_row, name, TEXT, .label = L("姓名", "Name"), .required = true, .max = 40, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct elder_row, id_number, IDCARD, .label = L("身份证号", "Identity number"), .mask = MASK_IDCARD, .purpose = CARE),
    FIELD(struct elder_row, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE, .purpose = CARE),
    FIELD(struct elder_row, area_code, TEXT, .label = L("区域编码", "Area code"), .required = true, .max = 60,
          .help = L("户、单元、楼院或网格的编码，也可写地址", "code of the household ... grid, or the address")),
    FIELD(struct elder_row, address, TEXT, .label = L("住址", "Address"), .max = 200, .mask = MASK_ADDRESS, .purpose = CARE),
    FIELD(struct elder_row, living, TEXT, .label = L("居住情况", "Lives"), .max = 20, .help = L("独居、仅老年夫妻、与子女同住、其他", "Alone ...")),
    FIELD(struct elder_row, hearing, TEXT, .label = L("听说能力", "Hearing and speech"), .max = 20),
    FIELD(struct elder_row, dialect, TEXT, .label = L("方言", "Dialect"), .max = 20),
    FIELD(struct elder_row, spoken, TEXT, .label = L("报给120的地址", "Address as spoken"), .max = 300, .mask = MASK_ADDRESS, .purpose = "rescue"),
    FIELD(struct elder_row, family, TEXT, .label = L("家属", "Family"), .max = 40, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct elder_row, family_phone, PHONE, .label = L("家属电话", "Family's telephone"), .mask = MASK_PHONE, .purpose = CARE),
    FIELD(struct elder_row, keyholder, TEXT, .label = L("持钥人", "Key-holder"), .max = 40, .mask = MASK_NAME, .purpose = CARE),
    FIELD(struct elder_row, keyholder_phone, PHONE, .label = L("持钥人电话", "Key-holder's telephone"), .mask = MASK_PHONE, .purpose = CARE),
    { 0 },
};
static const struct import_alias aliases[] = {
    { "联系电话", "phone" }, { "手机号", "phone" }, { "身份证", "id_number" }, { "身份证号码", "id_number" }, { "地址", "address" },
    { "所属网格", "area_code" }, { "网格编码", "area_code" }, { "是否独居", "living" }, { "紧急联系人", "family" },
    { "紧急联系人电话", "family_phone" }, { 0 },
};

/* A choice by its word or either label; 是 in a column 是否独居 means alone. */
static struct str choice_of(struct tx *tx, const struct choice *choices, struct str cell, const char *field, struct label label)
{
    cell = str_trim(cell);
    if (cell.n == 0)
        return S("");
    if (choices == care_living && str_is(cell, "是"))
        return S("alone");
    if (choices == care_living && str_is(cell, "否"))
        return S("other");
    for (const struct choice *c = choices; c->name; c++)
        if (str_is(cell, c->name) || str_is(cell, c->label.zh) || str_is(cell, c->label.en))
            return str_of(c->name);
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_CHOICE, .label = label, .choices = choices });
    return S("");
}

struct wanted {
    struct person p;
    struct elder e;
};

static bool area_of(struct tx *tx, struct str code, int64_t *ret_area)
{
    struct area a = { 0 };
    if (area_by_code(tx, str_trim(code), &a) || area_in_text(tx, code, &a)) {
        *ret_area = a.id;
        return true;
    }
    care_bad(tx, "area_code", (struct label)L("区域编码", "Area code"), (struct label)L("没有这个区域", "There is no such area"));
    return false;
}

static bool row_read(struct tx *tx, const struct who *who, const struct elder_row *f, struct wanted *w)
{
    struct place place = { 0 };
    *w = (struct wanted){ .p = { .name = f->name, .id_number = f->id_number, .phone = f->phone, .address = f->address },
                          .e = { .dialect = f->dialect, .spoken = f->spoken } };
    w->e.living = choice_of(tx, care_living, f->living, "living", (struct label)L("居住情况", "Lives"));
    w->e.hearing = choice_of(tx, care_hearing, f->hearing, "hearing", (struct label)L("听说能力", "Hearing and speech"));
    if (!area_of(tx, f->area_code, &w->p.area) || tx_failed(tx) || !area_place(tx, w->p.area, &place))
        return false;
    if (!who_may(who, CARE_STAFF, place, 0))
        care_bad(tx, "area_code", (struct label)L("区域编码", "Area code"), (struct label)L("不在您的管辖范围内", "is not in your area"));
    if ((f->family.n != 0) != (f->family_phone.n != 0))
        care_bad(tx, "family_phone", (struct label)L("家属电话", "Family's telephone"), (struct label)L("姓名和电话要一起填", "Name and number go together"));
    if ((f->keyholder.n != 0) != (f->keyholder_phone.n != 0))
        care_bad(tx, "keyholder_phone", (struct label)L("持钥人电话", "Key-holder's telephone"), (struct label)L("姓名和电话要一起填", "Name and number go together"));
    return !tx_failed(tx);
}

static bool same(struct str now, struct str old)
{
    return now.n == 0 || str_eq(now, old);
}

static bool contact_there(const struct care_contact *list, int count, const char *kind, struct str name, struct str phone)
{
    for (int i = 0; i < count; i++)
        if (str_is(list[i].kind, kind) && str_eq(list[i].name, name) && str_eq(list[i].phone, phone))
            return true;
    return name.n == 0;
}

static bool all_there(struct tx *tx, int64_t id, const struct elder_row *f)
{
    struct care_contact list[CONTACTS_MAX];
    int count = care_contacts(tx, id, list);
    return contact_there(list, count, "family", f->family, f->family_phone) &&
           contact_there(list, count, "keyholder", f->keyholder, f->keyholder_phone);
}

static enum import_fate look(struct tx *tx, const struct who *who, const void *form)
{
    const struct elder_row *f = form;
    struct wanted w;
    struct person old = { 0 };
    struct elder e;
    if (!row_read(tx, who, f, &w))
        return IMPORT_WRONG;
    int64_t id = person_find(tx, &w.p);
    if (!id || !care_elder_get(tx, id, &e) || !person_clear(tx, id, &old))
        return IMPORT_NEW;
    bool unchanged = w.p.area == old.area && same(w.p.name, old.name) && same(w.p.id_number, old.id_number) && same(w.p.phone, old.phone) &&
                     same(w.p.address, old.address) && same(w.e.living, e.living) && same(w.e.hearing, e.hearing) &&
                     same(w.e.dialect, e.dialect) && same(w.e.spoken, e.spoken) && all_there(tx, id, f);
    return unchanged ? IMPORT_SAME : IMPORT_CHANGED;
}

/* What the table names goes first; who was there before stays behind it. */
static void put_contacts(struct tx *tx, int64_t id, const struct elder_row *f)
{
    struct care_contact list[CONTACTS_MAX];
    struct contact_entry all[CONTACTS_MAX + 2] = { 0 };
    int known = care_contacts(tx, id, list), count = 0;
    if (!contact_there(list, known, "keyholder", f->keyholder, f->keyholder_phone))
        all[count++] = (struct contact_entry){ .kind = S("keyholder"), .name = f->keyholder, .phone = f->keyholder_phone, .has_key = true };
    if (!contact_there(list, known, "family", f->family, f->family_phone))
        all[count++] = (struct contact_entry){ .kind = S("family"), .name = f->family, .phone = f->family_phone };
    if (count == 0)
        return;
    for (int i = 0; i < known && count < CONTACTS_MAX; i++)
        all[count++] = (struct contact_entry){ .kind = list[i].kind, .name = list[i].name, .phone = list[i].phone,
                                               .relation = list[i].relation, .has_key = list[i].has_key, .key_note = list[i].key_note };
    care_contacts_write(tx, id, all, count);
}

static void apply(struct tx *tx, const struct who *who, const void *form)
{
    const struct elder_row *f = form;
    struct wanted w;
    if (!row_read(tx, who, f, &w))
        return;
    int64_t id = care_elder_put(tx, who, &w.e, &w.p);
    if (id)
        put_contacts(tx, id, f);
}

const struct importer care_import_elders = {
    .kind = "elders", .label = L("老人名册", "Elders"), .fields = elder_row_form, .form_size = sizeof(struct elder_row),
    .who = CARE_STAFF, .keys = { "id_number" }, .aliases = aliases, .look = look, .apply = apply,
};

/* --- out ------------------------------------------------------------------------------------------------------------------------ */

static const struct filter filters[] = { CARE_AREA_FILTERS, { 0 } };
static const struct sql_list exported = { .name = "elders_export", .head = "select e.id from care_elder e join person p on p.id = e.id"
    " join area a on a.id = p.area where e.state = 'active'", .tail = "order by e.id limit ?", .filters = filters, .tail_params = 1 };
enum { EXPORT_MAX = 2000 };

struct export_form {
    struct has has;
    struct str reason;
    int64_t area;
    bool csv;
};
static const struct field export_form[] = {
    FIELD(struct export_form, reason, TEXT, .label = L("用途", "What for"), .required = true, .min = 4, .max = 200),
    FIELD(struct export_form, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct export_form, csv, BOOL, .label = L("要 CSV", "As CSV")),
    { 0 },
};
struct exporting {
    int64_t ids[EXPORT_MAX];
    int count;
};

static void export_apply(struct req *r)
{
    const struct export_form *f = r->form;
    struct exporting *e = arena_new(r->arena, struct exporting);
    int64_t value = 0;
    uint32_t mask = 0;
    struct in in[2];
    int n = 0;
    r->state = e;
    if (!care_scope(r, f->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    in[n++] = in_i64(EXPORT_MAX);
    struct rows rows = db_list(r->tx, exported, mask, ((struct ins){ in, n }));
    while (e->count < EXPORT_MAX && db_row(&rows, OUT(&e->ids[e->count])))
        e->count++;
    rows_end(&rows);
    if (e->count == EXPORT_MAX)
        tx_refuse(r->tx, ERR_TOO_LARGE, "超过 2000 人，请按区域分开导出", "2,000 elders or more; export by area");
    for (int i = 0; i < e->count && !tx_failed(r->tx); i++)
        access_log(r->tx, r->who, "person", e->ids[i], f->reason);
    audit(r->tx, r->who, "export", "elder", 0, f->reason);
}

static bool row_fill(struct tx *tx, int64_t id, struct elder_row *row)
{
    struct person p = { 0 };
    struct elder e;
    struct area a = { 0 };
    struct care_contact list[CONTACTS_MAX];
    if (!person_clear(tx, id, &p) || !care_elder_get(tx, id, &e) || !p.area || !area_get(tx, p.area, &a))
        return false;
    *row = (struct elder_row){ .has.bits = ~UINT64_C(0), .name = p.name, .id_number = p.id_number, .phone = p.phone, .area_code = a.code,
                               .address = p.address, .living = str_of(care_choice(care_living, e.living).zh),
                               .hearing = str_of(care_choice(care_hearing, e.hearing).zh), .dialect = e.dialect, .spoken = e.spoken };
    for (int count = care_contacts(tx, id, list), i = count - 1; i >= 0; i--) {
        if (str_is(list[i].kind, "family"))
            row->family = list[i].name, row->family_phone = list[i].phone;
        if (str_is(list[i].kind, "keyholder"))
            row->keyholder = list[i].name, row->keyholder_phone = list[i].phone;
    }
    return true;
}

static struct str as_csv(struct req *r, const struct exporting *e)
{
    struct csv csv = csv_begin(r->arena);
    for (const struct field *f = elder_row_form; f->name; f++)
        csv_cell(&csv, label_in(f->label, r->lang));
    csv_line(&csv);
    for (int i = 0; i < e->count; i++) {
        struct elder_row row;
        if (!row_fill(r->tx, e->ids[i], &row))
            continue;
        for (const struct field *f = elder_row_form; f->name; f++)
            csv_cell(&csv, field_to_text(r->arena, f, &row, false));
        csv_line(&csv);
    }
    return buf_str(&csv.out);
}

static struct str as_workbook(struct req *r, const struct exporting *e)
{
    struct xlsx_plan plan = { .title = L("老人名册", "Elders"), .fields = elder_row_form, .lang = r->lang, .demo = engine_of(r->tx)->demo };
    struct xlsx *xlsx = xlsx_begin(r->arena, &plan);
    for (int i = 0; i < e->count; i++) {
        struct elder_row row;
        if (row_fill(r->tx, e->ids[i], &row))
            xlsx_row(xlsx, &row);
    }
    return xlsx_done(xlsx);
}

static void export_show(struct req *r)
{
    const struct export_form *f = r->form;
    const struct exporting *e = r->state;
    r->bytes = f->csv ? as_csv(r, e) : as_workbook(r, e);
    r->type = f->csv ? S("text/csv; charset=utf-8") : S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    r->download_name = arena_format(r->arena, "%s老人名册-%d.%s", engine_of(r->tx)->demo ? "演示数据-" : "", day_number(r->tx->now),
                                    f->csv ? "csv" : "xlsx");
}

const struct route care_export_routes[] = {
    { POST, "/exports/elders", CARE_DESK, .apply = export_apply, .show = export_show, .form = export_form,
      .form_size = sizeof(struct export_form), .flags = ROUTE_SECRET_ANSWER,
      .about = L("导出老人名册（原文），须说明用途，逐人留痕", "Elders as a workbook, in clear; with a reason, logged for each") },
    { 0 },
};
