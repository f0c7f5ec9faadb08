/* record.c -- 现场联合处置记录: who came, what was found, what was decided, by when; and how both sides rate each other.
 * The record is a draft until those present have agreed and the street signs it, or until the sheet that bears the
 * signatures is photographed. What it decides then binds: the departments on site finish by its date.
 * Ratings are visible to the district assessor only (PRACTICE.md 12): their values never enter a history. */
#include "modules/whistle/whistle.h"

SQL(select_record, "select at, place, came, found, decided, due_at, made_at, signed_at from whistle_record where whistle = $1");
SQL(upsert_record, "insert into whistle_record(whistle, at, place, came, found, decided, due_at, made_by, made_at)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (whistle) do update set at = excluded.at,"
                   " place = excluded.place, came = excluded.came, found = excluded.found, decided = excluded.decided,"
                   " due_at = excluded.due_at, made_by = excluded.made_by, made_at = excluded.made_at");
SQL(update_signed, "update whistle_record set signed_at = $1, file = $2 where whistle = $3 and signed_at is null");
SQL(clear_agreed, "update whistle_call set agreed_at = null where whistle = $1");
SQL(update_agreed, "update whistle_call set agreed_at = $1 where id = $2");
SQL(count_to_agree, "select count(*) from whistle_call where whistle = $1 and arrived_at is not null and agreed_at is null");
SQL(upsert_rating, "insert into whistle_rating(call, side, score, remark, account, at) values ($1, $2, $3, $4, $5, $6)"
                   " on conflict (call, side) do update set score = excluded.score, remark = excluded.remark,"
                   " account = excluded.account, at = excluded.at");
SQL(select_ratings_of, "select side, score, remark, at from whistle_rating where call = $1 order by side");

/* --- the record -------------------------------------------------------------------------------------------------------- */

const struct field whistle_record_form[] = {
    FIELD(struct record_form, at, TIME, .label = L("时间", "When"), .required = true),
    FIELD(struct record_form, place, TEXT, .label = L("地点", "Where"), .max = 200),
    FIELD(struct record_form, came, TEXTS, .label = L("到场单位和人员", "Who came"), .required = true, .max = 100),
    FIELD(struct record_form, found, LONG_TEXT, .label = L("现场情况", "What was found"), .required = true, .min = 2,
          .max = 4000),
    FIELD(struct record_form, decided, LONG_TEXT, .label = L("处置决定", "What was decided"), .required = true, .min = 2,
          .max = 4000),
    FIELD(struct record_form, by_when, TIME, .label = L("完成时限", "By when"), .required = true),
    { 0 },
};

bool whistle_record_get(struct tx *tx, int64_t whistle, struct record *r)
{
    *r = (struct record){ 0 };
    return db_one(tx, select_record, IN(whistle),
                  OUT(&r->at, &r->place, &r->came, &r->found, &r->decided, &r->due_at, &r->made_at, &r->signed_at));
}

bool whistle_record_open(struct tx *tx, struct moving *mv)
{
    const struct record_form *form = mv->form;
    struct record r;
    if (whistle_record_get(tx, mv->m.id, &r) && r.signed_at)
        tx_refuse(tx, ERR_STATE, "联合处置记录已定稿，不能再改", "The joint record is signed and cannot be changed");
    else if (form->at > tx->now)
        fault_field(&tx->fault, (struct bad_field){ .field = S("at"), .bad = BAD_RULE, .label = L("时间", "When"),
            .rule = L("不能晚于现在", "It cannot lie ahead") });
    else if (form->by_when <= form->at)
        fault_field(&tx->fault, (struct bad_field){ .field = S("by_when"), .bad = BAD_RULE,
            .label = L("完成时限", "By when"), .rule = L("必须晚于处置时间", "It must lie after the time of the record") });
    return !tx_failed(tx);
}

void whistle_record_write(struct tx *tx, struct moving *mv)
{
    const struct record_form *form = mv->form;
    struct buf came = buf_in(tx->arena);
    for (int64_t i = 0; i < form->came.count; i++) {
        if (i)
            buf_char(&came, '\n');
        buf_put(&came, form->came.items[i]);
    }
    struct str place = form->place.n ? form->place : mv->m.address.n ? mv->m.address : area_full_name(tx, mv->m.place.area);
    db_run(tx, upsert_record,
           IN(mv->m.id, form->at, place, buf_str(&came), form->found, form->decided, form->by_when,
              REF0(mv->who->account), tx->now));
    db_run(tx, clear_agreed, IN(mv->m.id));      /* nobody has agreed to words that changed since */
    mv->note = form->decided;
}

/* A sheet with the signatures on it needs no further agreement. */
bool whistle_record_there(struct tx *tx, struct moving *mv)
{
    struct record r;
    int64_t waiting = 0;
    if (!whistle_record_get(tx, mv->m.id, &r)) {
        tx_refuse(tx, ERR_STATE, "还没有联合处置记录", "There is no joint record yet");
        return false;
    }
    db_one(tx, count_to_agree, IN(mv->m.id), OUT(&waiting));
    if (r.signed_at)
        tx_refuse(tx, ERR_STATE, "联合处置记录已定稿", "The joint record is signed already");
    else if (waiting && !mv->file)
        tx_refuse(tx, ERR_STATE, "到场部门尚未全部确认", "Not every department on site has agreed");
    return !tx_failed(tx);
}

void whistle_record_sign(struct tx *tx, struct moving *mv)
{
    struct call_row *calls;
    if (db_run(tx, update_signed, IN(mv->at, REF0(mv->file), mv->m.id)) != 1) {
        tx_refuse(tx, ERR_CONFLICT);
        return;
    }
    int count = whistle_calls(tx, mv->m.id, &calls);
    for (int i = 0; i < count; i++) {
        struct matter m;
        struct who acting = whistle_acting(mv->who);
        struct moving bind = { .who = &acting, .at = mv->at };
        if (matter_get(tx, calls[i].id, &m) && m.state == CALL_ON_SITE)
            matter_move(tx, calls[i].id, "bind", &bind);
    }
}

void whistle_record_bind(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    struct record r;
    if (!whistle_call_get(tx, mv->m.id, &c) || !whistle_record_get(tx, c.whistle, &r))
        return;
    mv->due_override = r.due_at;
    mv->note = r.decided;
}

bool whistle_record_agreeable(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    struct record r;
    if (!whistle_call_get(tx, mv->m.id, &c))
        return false;
    if (!mv->by_link && !whistle_is_called(mv->who, c.org))
        tx_refuse(tx, ERR_DENIED, "只有被吹哨的部门可以确认", "Only the department that was called can agree");
    else if (!c.arrived_at)
        tx_refuse(tx, ERR_STATE, "该部门没有到场", "This department was not on site");
    else if (!whistle_record_get(tx, c.whistle, &r))
        tx_refuse(tx, ERR_STATE, "还没有联合处置记录", "There is no joint record yet");
    else if (r.signed_at || c.agreed_at)
        tx_refuse(tx, ERR_STATE, "联合处置记录已确认", "The joint record is agreed already");
    return !tx_failed(tx);
}

void whistle_record_agree(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_agreed, IN(mv->at, mv->m.id));
}

void whistle_record_show(struct tx *tx, struct json *j, int64_t whistle)
{
    struct record r;
    struct str name;
    json_key(j, "record");
    if (!whistle_record_get(tx, whistle, &r)) {
        json_nil(j);
        return;
    }
    json_obj(j);
    json_key_time(j, "at", r.at);
    json_key_str(j, "place", r.place);
    json_key_list(j, "came");
    while (str_cut(&r.came, '\n', &name))
        json_str(j, name);
    json_end(j);
    json_key_str(j, "found", r.found);
    json_key_str(j, "decided", r.decided);
    json_key_time(j, "by_when", r.due_at);
    json_key_time(j, "signed_at", r.signed_at);
    json_key_bool(j, "draft", r.signed_at == 0);
    json_end(j);
}

/* --- ratings ------------------------------------------------------------------------------------------------------------- */

static const struct choice scores[] = {
    { "5", L("很好", "Very good") }, { "4", L("较好", "Good") },      { "3", L("一般", "Fair") },
    { "2", L("较差", "Poor") },      { "1", L("很差", "Very poor") }, { 0 },
};
const struct field whistle_rate_form[] = {
    FIELD(struct rate_form, score, CHOICE, .label = L("评价", "Rating"), .required = true, .choices = scores,
          .mask = MASK_HIDE),
    FIELD(struct rate_form, remark, LONG_TEXT, .label = L("说明", "Remark"), .max = 500, .mask = MASK_HIDE,
          .help = L("仅区级考评可见", "Seen by the district assessor only")),
    { 0 },
};

static const char *side_of(const struct who *who, int64_t org)
{
    return whistle_is_called(who, org) ? "department" : "street";
}

bool whistle_may_rate(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    if (!whistle_call_get(tx, mv->m.id, &c))
        return false;
    bool street = who_may(mv->who, R(LEADER) | R(CLERK), mv->m.place, mv->m.owner_org);
    if (!street && !whistle_is_called(mv->who, c.org))
        tx_refuse(tx, ERR_DENIED, "只有吹哨街道和被吹哨部门可以互评", "Only the street and the called department rate each other");
    else if (!c.called_at)
        tx_refuse(tx, ERR_STATE, "哨声未吹出，无从评价", "The whistle was never blown: there is nothing to rate");
    return !tx_failed(tx);
}

void whistle_rate(struct tx *tx, struct moving *mv)
{
    const struct rate_form *form = mv->form;
    struct call_row c;
    int64_t score;
    if (!whistle_call_get(tx, mv->m.id, &c) || !str_to_i64(form->score, &score))
        return;
    db_run(tx, upsert_rating, IN(mv->m.id, side_of(mv->who, c.org), score, form->remark, REF0(mv->who->account), tx->now));
    mv->silent = true;
}

void whistle_ratings_show(struct tx *tx, const struct who *who, struct json *j, int64_t call)
{
    struct str side, remark;
    int64_t score, at;
    if (!who->system && !who_has(who, R(ARBITER)))
        return;
    json_key_list(j, "ratings");
    struct rows rows = db_get(tx, select_ratings_of, IN(call));
    while (db_row(&rows, OUT(&side, &score, &remark, &at))) {
        json_obj(j);
        json_key_str(j, "by", side);
        json_key_int(j, "score", score);
        json_key_str(j, "remark", remark);
        json_key_time(j, "at", at);
        json_end(j);
    }
    json_end(j);
}

/* --- the assessor's list ---------------------------------------------------------------------------------------------------- */

const struct field whistle_rating_query[] = {
    FIELD(struct rating_query, org, ID, .label = L("部门", "Department"), .ref = "org"),
    FIELD(struct rating_query, from, TIME, .label = L("起", "From")),
    FIELD(struct rating_query, to, TIME, .label = L("止", "To")),
    { 0 },
};

static const struct filter rating_filters[] = {
    { "c.org = ?", 1 },
    { "r.at >= ?", 1 },
    { "r.at < ?", 1 },
    { 0 },
};
static const struct sql_list select_ratings = {
    .name = "select_ratings",
    .head = "select c.org, o.name, r.side, count(*), cast(sum(r.score) as bigint) from whistle_rating r join whistle_call c on c.id = r.call"
            " join org o on o.id = c.org where true",
    .tail = " group by c.org, o.name, r.side order by c.org, r.side",
    .filters = rating_filters,
};

void whistle_rating_list(struct req *r)
{
    const struct rating_query *q = r->query;
    struct in values[3];
    int count = 0;
    uint32_t mask = 0;
    if (field_has(whistle_rating_query, q, "org"))
        mask |= 1, values[count++] = in_i64(q->org);
    if (field_has(whistle_rating_query, q, "from"))
        mask |= 2, values[count++] = in_i64(q->from);
    if (field_has(whistle_rating_query, q, "to"))
        mask |= 4, values[count++] = in_i64(q->to);
    int64_t org, n, sum;
    struct str name, side;
    struct rows rows = db_list(r->tx, select_ratings, mask, ((struct ins){ values, count }));
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    while (db_row(&rows, OUT(&org, &name, &side, &n, &sum))) {
        json_obj(&r->out);
        json_key_int(&r->out, "org", org);
        json_key_str(&r->out, "org_name", name);
        json_key_str(&r->out, "by", side);
        json_key_int(&r->out, "count", n);
        json_key(&r->out, "average");
        json_num(&r->out, (double)sum / (double)n);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}
