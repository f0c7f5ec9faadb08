/* imports_people.c -- the directory of departments, residents and log-ins from tables. Log-ins come without a password:
 * an administrator sets the first one, so that no spreadsheet of passwords ever exists. */
#include "engine/imports.h"

#include "engine/account.h"
#include "engine/org.h"
#include "engine/person.h"

/* --- the directory ---------------------------------------------------------------------------------------------------------- */

struct contact_form {
    struct has has;
    struct str org_code, street_code, name, phone, rank;
};
static const struct field contact_form[] = {
    FIELD(struct contact_form, org_code, TEXT, .label = L("部门编码", "Department code"), .required = true, .max = 60),
    FIELD(struct contact_form, street_code, TEXT, .label = L("街道编码", "Street code"), .required = true, .max = 60),
    FIELD(struct contact_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .max = 40, .purpose = "staff"),
    FIELD(struct contact_form, phone, PHONE, .label = L("电话", "Telephone"), .required = true, .purpose = "staff"),
    FIELD(struct contact_form, rank, TEXT, .label = L("A/B岗", "Post"), .max = 4, .help = L("A 或 B，不填为 A", "A or B; A when empty")),
    { 0 },
};

static struct contact contact_of_form(struct tx *tx, const struct contact_form *f)
{
    struct str rank = str_head(str_trim(f->rank), 1);
    rank = rank.n == 0 || str_is(rank, "a") ? S("A") : str_is(rank, "b") ? S("B") : rank;
    return (struct contact){ .name = f->name, .phone = f->phone, .rank = rank,
        .org = import_org(tx, f->org_code, "org_code", true), .street = import_area(tx, f->street_code, "street_code", true) };
}

static enum import_fate look_contact(struct tx *tx, const struct who *who, const void *form)
{
    struct contact old = { 0 }, c = contact_of_form(tx, form);
    (void)who;
    if (tx_failed(tx))
        return IMPORT_WRONG;
    enum import_fate fate = IMPORT_NEW;
    struct rows rows = contact_list(tx, c.street, c.org);
    while (fate == IMPORT_NEW && contact_row(&rows, &old))
        if (str_eq(old.rank, c.rank) && str_eq(old.name, c.name))
            fate = import_fate_of(true, str_eq(old.phone, c.phone));
    rows_end(&rows);
    return fate;
}

static void apply_contact(struct tx *tx, const struct who *who, const void *form)
{
    struct contact c = contact_of_form(tx, form);
    (void)who;
    if (!tx_failed(tx))
        contact_put(tx, &c);
}

const struct importer import_contacts = {
    .kind = "contacts", .label = L("部门下沉人员通讯录", "Directory"), .fields = contact_form,
    .form_size = sizeof(struct contact_form), .who = R(ADMIN) | R(CLERK), .look = look_contact, .apply = apply_contact,
};

/* --- residents -------------------------------------------------------------------------------------------------------------- */

struct person_form {
    struct has has;
    struct str name, id_number, phone, area_code, address, note;
};
static const struct field person_form[] = {
    FIELD(struct person_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .max = 40, .mask = MASK_NAME,
        .purpose = "grid_round"),
    FIELD(struct person_form, id_number, IDCARD, .label = L("身份证号", "Identity number"), .mask = MASK_IDCARD, .purpose = "care"),
    FIELD(struct person_form, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE, .purpose = "grid_round"),
    FIELD(struct person_form, area_code, TEXT, .label = L("区域编码", "Area code"), .required = true, .max = 60,
        .help = L("户、单元、楼院或网格的编码，也可写地址", "code of the household ... grid, or the address")),
    FIELD(struct person_form, address, TEXT, .label = L("住址", "Address"), .max = 200, .mask = MASK_ADDRESS,
        .purpose = "grid_round"),
    FIELD(struct person_form, note, TEXT, .label = L("备注", "Note"), .max = 500, .mask = MASK_HIDE, .purpose = "care"),
    { 0 },
};

static struct person person_of_form(struct tx *tx, const struct person_form *f)
{
    return (struct person){ .name = f->name, .id_number = f->id_number, .phone = f->phone, .address = f->address, .note = f->note,
        .area = import_area(tx, f->area_code, "area_code", true) };
}

static bool absent_or_same(struct str now, struct str old)
{
    return now.n == 0 || str_eq(now, old);
}

static enum import_fate look_person(struct tx *tx, const struct who *who, const void *form)
{
    struct person old = { 0 }, p = person_of_form(tx, form);
    struct place place = { 0 };
    if (tx_failed(tx) || !area_place(tx, p.area, &place))
        return IMPORT_WRONG;
    if (!who_may(who, R_STAFF, place, 0)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("area_code"), .bad = BAD_RULE, .label = L("区域编码", "Area code"),
            .rule = L("不在您的管辖范围内", "is not in your area") });
        return IMPORT_WRONG;
    }
    int64_t id = person_find(tx, &p);
    bool known = id && person_clear(tx, id, &old);
    return import_fate_of(known, p.area == old.area && absent_or_same(p.name, old.name) && absent_or_same(p.id_number, old.id_number) &&
        absent_or_same(p.phone, old.phone) && absent_or_same(p.address, old.address) && absent_or_same(p.note, old.note));
}

static void apply_person(struct tx *tx, const struct who *who, const void *form)
{
    struct person p = person_of_form(tx, form);
    if (tx_failed(tx))
        return;
    p.id = person_find(tx, &p);
    person_put(tx, who, &p, "import");
}

static const struct import_alias person_aliases[] = {
    { "联系电话", "phone" }, { "手机号", "phone" }, { "手机", "phone" }, { "身份证", "id_number" }, { "身份证号码", "id_number" },
    { "公民身份号码", "id_number" }, { "地址", "address" }, { "所属网格", "area_code" }, { "网格编码", "area_code" }, { 0 },
};
const struct importer import_people = {
    .kind = "people", .label = L("居民", "Residents"), .fields = person_form, .form_size = sizeof(struct person_form),
    .who = R_STAFF & ~R(ADMIN), .keys = { "id_number" }, .aliases = person_aliases, .look = look_person, .apply = apply_person,
};

/* --- log-ins ---------------------------------------------------------------------------------------------------------------- */

struct account_form {
    struct has has;
    struct str login, name, role, area_code, org_code;
};
static const struct field account_form[] = {
    FIELD(struct account_form, login, TEXT, .label = L("账号", "Login"), .required = true, .min = 2, .max = 40),
    FIELD(struct account_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .max = 40, .purpose = "staff"),
    FIELD(struct account_form, role, TEXT, .label = L("角色", "Role"), .required = true, .max = 40),
    FIELD(struct account_form, area_code, TEXT, .label = L("管辖区域编码", "Area code"), .max = 60),
    FIELD(struct account_form, org_code, TEXT, .label = L("单位编码", "Organisation code"), .max = 60),
    { 0 },
};

struct account_row { struct account account; enum role role; int64_t area, org; };

static bool account_of_form(struct tx *tx, const struct account_form *f, struct account_row *ret_row)
{
    struct account_row r = { .account = { .login = f->login, .name = f->name }, .role = ROLE_COUNT };
    for (int i = 0; i < ROLE_COUNT; i++)
        if (str_is(f->role, role_wire((enum role)i)) || str_is(f->role, role_label((enum role)i).zh) ||
            str_is(f->role, role_label((enum role)i).en))
            r.role = (enum role)i;
    if (r.role == ROLE_COUNT)
        fault_field(&tx->fault, (struct bad_field){ .field = S("role"), .bad = BAD_CHOICE, .label = L("角色", "Role"),
            .arg = S("系统管理员, 街道领导, 热线专员, 值班员, 社区书记, 网格员, 部门人员, 区级考评裁定, 审计员, 大屏, 系统接口") });
    r.area = import_area(tx, f->area_code, "area_code", true);
    r.account.org = import_org(tx, f->org_code, "org_code", true);
    r.org = r.area ? 0 : r.account.org;                /* the area says how far it reaches; the org only where there is none */
    if (r.area == 0 && r.org == 0 && f->area_code.n == 0 && f->org_code.n == 0)
        fault_field(&tx->fault, (struct bad_field){ .field = S("area_code"), .bad = BAD_MISSING, .label = L("管辖区域编码", "Area code") });
    *ret_row = r;
    return !tx_failed(tx);
}

static enum import_fate look_account(struct tx *tx, const struct who *who, const void *form)
{
    struct account_row r = { 0 };
    struct account old = { 0 };
    struct grant_item g = { 0 };
    (void)who;
    if (!account_of_form(tx, form, &r))
        return IMPORT_WRONG;
    if (!account_by_login(tx, r.account.login, &old))
        return IMPORT_NEW;
    bool granted = false;
    struct rows rows = grant_list(tx, old.id);
    while (!granted && grant_row(&rows, &g))
        granted = g.role == r.role && g.area == r.area && g.org == r.org;
    rows_end(&rows);
    return import_fate_of(true, granted && str_eq(old.name, r.account.name) && (r.account.org == 0 || r.account.org == old.org));
}

static void apply_account(struct tx *tx, const struct who *who, const void *form)
{
    struct account_row r = { 0 };
    struct account old = { 0 };
    if (!account_of_form(tx, form, &r))
        return;
    if (account_by_login(tx, r.account.login, &old)) {
        r.account.id = old.id;
        r.account.lang = old.lang;
        r.account.org = r.account.org ? r.account.org : old.org;
    } else {
        r.account.must_change = true;
    }
    if (r.account.id == 0 || !str_eq(old.name, r.account.name) || old.org != r.account.org)
        r.account.id = account_put(tx, who, &r.account, S(""));
    if (!tx_failed(tx))
        grant_add(tx, who, r.account.id, r.role, r.area, r.org, 0, 0);
}

const struct importer import_accounts = {
    .kind = "accounts", .label = L("账号", "Log-ins"), .fields = account_form, .form_size = sizeof(struct account_form),
    .who = R(ADMIN), .keys = { "login", "role", "area_code" }, .look = look_account, .apply = apply_account,
};
