/* call_row.c -- the rows of called departments: reading them, opening one, moving all of a whistle. See whistle.h. */
#include "modules/whistle/whistle.h"

#define CALL_COLUMNS \
    "c.id, c.whistle, c.org, o.name, c.lead, c.reply_by, c.link_round, c.called_at, c.answered_at, c.answered_by," \
    " c.answered_phone, c.answered_channel, c.unsigned, c.in_time, c.arrived_at, c.came, c.finished_at, c.missed_at," \
    " c.urged, c.supervised_at, c.arbiter, c.declined_at, c.basis, c.article, c.ruling, c.ruled_at, c.agreed_at" \
    " from whistle_call c join org o on o.id = c.org"
SQL(insert_call, "insert into whistle_call(id, whistle, org, lead, reply_by) values ($1, $2, $3, $4, $5)");
SQL(select_call, "select " CALL_COLUMNS " where c.id = $1");
SQL(select_calls, "select " CALL_COLUMNS " where c.whistle = $1 order by c.lead desc, c.id limit 64");
SQL(select_org, "select name, kind from org where id = $1");

static bool call_row(struct rows *rows, struct call_row *c)
{
    *c = (struct call_row){ 0 };
    return db_row(rows, OUT(&c->id, &c->whistle, &c->org, &c->org_name, &c->lead, &c->reply_by, &c->link_round,
                            &c->called_at, &c->answered_at, &c->answered_by, &c->answered_phone, &c->answered_channel,
                            &c->is_unsigned, &c->in_time, &c->arrived_at, &c->came, &c->finished_at, &c->missed_at,
                            &c->urged, &c->supervised_at, &c->arbiter, &c->declined_at, &c->basis, &c->article,
                            &c->ruling, &c->ruled_at, &c->agreed_at));
}

bool whistle_call_get(struct tx *tx, int64_t id, struct call_row *ret)
{
    struct rows rows = db_get(tx, select_call, IN(id));
    bool found = call_row(&rows, ret);
    rows_end(&rows);
    return found;
}

int whistle_calls(struct tx *tx, int64_t whistle, struct call_row **ret_rows)
{
    struct call_row *calls = arena_array(tx->arena, struct call_row, WHISTLE_CALLS_MAX + 1);
    struct rows rows = db_get(tx, select_calls, IN(whistle));
    int count = 0;
    while (count < WHISTLE_CALLS_MAX && call_row(&rows, &calls[count]))
        count++;
    rows_end(&rows);
    *ret_rows = calls;
    return count;
}

bool whistle_can_call(struct tx *tx, int64_t org, const char *field, struct str *ret_name)
{
    struct org o;
    if (tx_failed(tx) || !db_one(tx, select_org, IN(org), OUT(&o.name, &o.kind))) {
        fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_REF, .arg = S("部门"),
            .label = L("部门", "Department") });
        return false;
    }
    *ret_name = o.name;
    if (!str_is(o.kind, "street") && !str_is(o.kind, "community") && !str_is(o.kind, "firm"))
        return true;
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = L("部门", "Department"),
        .rule = L("只能向街道以外的部门吹哨", "A whistle calls departments outside of the street") });
    return false;
}

/* Until it rings, a call belongs to the street: a department must not see a whistle that a leader has yet to approve. */
int64_t whistle_call_open(struct tx *tx, const struct who *who, const struct matter *whistle, int64_t org, bool lead,
                          ms reply_by)
{
    struct matter m = {
        .kind = &whistle_call_kind, .title = whistle->title, .text = whistle->text, .category = whistle->category,
        .channel = whistle->channel, .urgency = whistle->urgency, .secrecy = whistle->secrecy, .place = whistle->place,
        .address = whistle->address, .lat = whistle->lat, .lon = whistle->lon, .owner_org = whistle->owner_org,
    };
    int64_t id = matter_open(tx, who, &m, 0, whistle_org_name(tx, org));
    if (id == 0)
        return 0;
    db_run(tx, insert_call, IN(id, whistle->id, org, lead, REF0(reply_by)));
    matter_link(tx, whistle->id, id, LINK_CHILD);
    return tx_failed(tx) ? 0 : id;
}

struct who whistle_acting(const struct who *who)
{
    struct who acting = *who;
    acting.system = true;
    return acting;
}

void whistle_calls_move(struct tx *tx, const struct who *who, int64_t whistle, const char *verb, ms at)
{
    struct who acting = whistle_acting(who);
    struct call_row *calls;
    int count = whistle_calls(tx, whistle, &calls);
    for (int i = 0; i < count && !tx_failed(tx); i++) {
        struct matter m;
        struct moving mv = { .who = &acting, .at = at };
        if (matter_get(tx, calls[i].id, &m) && phase_unfinished(m.phase))
            matter_move(tx, calls[i].id, verb, &mv);
    }
}
