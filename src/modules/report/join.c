/* join.c -- several reports of one trouble. A merge joins different people's reports: each keeps its
 * reporters, number and tracking code. A bundle joins one person's many reports. Both follow their lead to
 * its end; a lead that is void sends them back to the desk. A danger word or a new fact never disappears in a
 * bundle: a human sees it (PRACTICE 15). */
#include "modules/report/report.h"

SQL(update_joined, "update report set joined = $1, joined_at = $2 where id = $3");
SQL(mark_lead, "update report set bundle = 1 where id = $1 and bundle = 0");
SQL(select_same_person, "select 1 from matter_reporter a join matter_reporter b on b.phone_blind ="
                        " a.phone_blind"
                        " where a.matter = $1 and b.matter = $2 limit 1");
SQL(select_followers, "select id from matter where lead = $1 and phase < 4 order by id limit 200");
SQL(select_joined, "select m.id, m.title, m.state, m.opened_at, r.joined from matter m join report r on r.id"
                   " = m.id"
                   " where m.lead = $1 order by m.id limit 201");

enum { FOLLOWERS = 200 };

const struct field report_into_form[] = {
    FIELD(struct into_form, into, ID, .label = L("主件", "Lead report"), .required = true, .ref = "matter"),
    FIELD(struct into_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };

static bool wrong_lead(struct tx *tx, struct label why)
{
    fault_field(&tx->fault,
                (struct bad_field){
                    .field = S("into"), .bad = BAD_RULE, .label = L("主件", "Lead report"), .rule = why });
    return false;
}

static bool lead_ok(struct tx *tx, const struct moving *mv, struct matter *ret_lead)
{
    const struct into_form *f = mv->form;
    if (!f || f->into == mv->m.id)
        return wrong_lead(tx, (struct label)L("不能并入自己", "must be another report"));
    if (!matter_see(tx, mv->who, f->into, ret_lead))
        return false;
    if (ret_lead->kind != &report_kind || !phase_unfinished(ret_lead->phase))
        return wrong_lead(tx, (struct label)L("应为一件没有办结的诉求", "must be a report that is not finished"));
    if (ret_lead->lead)
        return wrong_lead(tx, (struct label)L("该件已并入其他件，请选它的主件",
                                              "was joined to another one; choose that one's lead"));
    if (ret_lead->secrecy == SECRECY_SEALED || mv->m.secrecy == SECRECY_SEALED)
        return wrong_lead(tx, (struct label)L("举报件不合并", "a tip-off is never joined to another report"));
    if (report_is_mirror(tx, mv->m.id))
        return wrong_lead(tx, (struct label)L("上级派单须单独答复，不能并入其他件", "an upstream order needs its own answer"));
    return true;
}

bool report_merge_ok(struct tx *tx, struct moving *mv)
{
    struct matter lead;
    return lead_ok(tx, mv, &lead);
}

bool report_bundle_ok(struct tx *tx, struct moving *mv)
{
    const struct into_form *f = mv->form;
    struct matter lead;
    int64_t one = 0;
    if (!lead_ok(tx, mv, &lead))
        return false;
    if (!db_one(tx, select_same_person, IN(mv->m.id, f->into), OUT(&one)) && !tx_failed(tx))
        return wrong_lead(tx, (struct label)L("并案限同一诉求人；不同诉求人请用“合并”",
                                              "a bundle is of one person's reports; merge those of several"));
    return !tx_failed(tx);
}

static void join(struct tx *tx, struct moving *mv, const char *how, enum link_type link)
{
    const struct into_form *f = mv->form;
    struct matter lead;
    if (!matter_get(tx, f->into, &lead))
        return;
    matter_set_lead(tx, mv, lead.id);
    matter_link(tx, mv->m.id, lead.id, link);
    mv->to_org = lead.owner_org;
    mv->to_account = lead.owner_account;
    mv->clear_account = !lead.owner_account;
    db_run(tx, update_joined, IN(how, mv->at, mv->m.id));
}

void report_merge(struct tx *tx, struct moving *mv)
{
    join(tx, mv, "merge", LINK_SAME);
}

void report_bundle(struct tx *tx, struct moving *mv)
{
    const struct into_form *f = mv->form;
    join(tx, mv, "bundle", LINK_BUNDLE);
    db_run(tx, mark_lead, IN(f->into));
}

void report_unmerge(struct tx *tx, struct moving *mv)
{
    matter_set_lead(tx, mv, 0);
    mv->clear_account = true;
    db_run(tx, update_joined, IN(NIL, NIL, mv->m.id));
}

/* --- one person's many reports ------------------------------------------------------------------ */

/* What stands of this person here: the reports that say the same, and whether a bundle was made before. */
struct same { int64_t lead, oldest; int count; bool bundled; };

static struct same same_trouble(struct tx *tx, struct str phone, const struct similar_query *q)
{
    enum { LOOKED_AT = 12 };
    int64_t ids[LOOKED_AT], id = 0, least = report_setting(tx, "bundle.score", 45);
    ms since = tx->now - DAYS(report_setting(tx, "bundle.days", 180));
    struct str whole = arena_join(tx->arena, q->title, q->text);
    struct same same = { 0 };
    int count = 0;
    struct rows rows = reporter_matters(tx, phone, LOOKED_AT);
    while (count < LOOKED_AT && db_row(&rows, OUT(&id)))
        ids[count++] = id;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct matter m;
        if (!matter_get(tx, ids[i], &m) || m.kind != &report_kind || m.secrecy == SECRECY_SEALED ||
            m.opened_at < since || m.place.community != q->place.community || !phase_unfinished(m.phase))
            continue;
        same.bundled |= m.state == REPORT_BUNDLED;
        if (report_likeness(whole, arena_join(tx->arena, m.title, m.text), q->where) < least)
            continue;
        same.count++;
        if (m.state == REPORT_BUNDLED)
            same.lead = m.lead;
        else if (!m.lead)
            same.oldest = m.id;                /* newest first: the last one is the oldest */
    }
    return same;
}

int64_t report_bundle_of(struct tx *tx, struct str phone, const struct similar_query *q, bool *ret_left)
{
    struct same same = same_trouble(tx, phone, q);
    int64_t lead = same.lead                                            ? same.lead
                   : same.count >= report_setting(tx, "bundle.from", 3) ? same.oldest
                                                                        : 0;
    *ret_left = (lead && (report_danger(tx, q->title) || report_danger(tx, q->text))) ||
                (!lead && same.bundled);
    return *ret_left ? 0 : lead;
}

/* --- following ---------------------------------------------------------------------------------- */

static void move_followers(struct tx *tx, int64_t lead, const char *verb, void *form, struct str note)
{
    int64_t ids[FOLLOWERS], id = 0;
    for (int count = FOLLOWERS; count == FOLLOWERS && !tx_failed(tx);) {
        count = 0;
        struct rows rows = db_get(tx, select_followers, IN(lead));
        while (count < FOLLOWERS && db_row(&rows, OUT(&id)))
            ids[count++] = id;
        rows_end(&rows);
        for (int i = 0; i < count; i++) {
            struct moving mv = { .who = &who_system, .form = form, .note = note };
            matter_move(tx, ids[i], verb, &mv);
        }
    }
}

void report_on_lead_done(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    struct str number = matter_number(tx->arena, m->kind, m->opened_at, m->id);
    (void)mv;
    move_followers(tx, m->id, "follow", NULL, arena_join(tx->arena, S("随主件办结："), number));
}

void report_on_lead_void(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    struct reason_form reason = { .reason = S("主件未办理即终结，退回单独办理") };
    (void)mv;
    move_followers(tx, m->id, "unmerge", &reason, reason.reason);
}

/* --- as the lead's page shows them: whose reports these were is kept ---------------------------- */

static void reporters_write(struct tx *tx, const struct who *who, struct json *j, int64_t id)
{
    struct reporter one;
    struct rows rows = reporter_get(tx, id);
    (void)who;
    json_key_list(j, "reporters");
    while (reporter_row(tx, &rows, &one)) {
        json_obj(j);
        json_key_int(j, "id", one.id);
        json_key_str(j, "name", one.name);
        json_key_str(j, "phone", one.phone);
        json_key_bool(j, "confidential", one.confidential);
        json_key_str(j, "channel", one.channel);
        json_key_time(j, "at", one.at);
        json_end(j);
    }
    json_end(j);
}

void report_joined_write(struct tx *tx, const struct who *who, struct json *j, int64_t id, enum lang lang)
{
    int64_t ids[FOLLOWERS + 1], other = 0;
    struct str titles[FOLLOWERS + 1], states[FOLLOWERS + 1], hows[FOLLOWERS + 1], title = { 0 },
                                                                                  state = { 0 }, how = { 0 };
    ms opened[FOLLOWERS + 1], at = 0;
    int count = 0;
    struct rows rows = db_get(tx, select_joined, IN(id));
    for (; count <= FOLLOWERS && db_row(&rows, OUT(&other, &title, &state, &at, &how)); count++) {
        ids[count] = other;
        titles[count] = title;
        states[count] = state;
        opened[count] = at;
        hows[count] = how;
    }
    rows_end(&rows);
    json_key_bool(j, "joined_more", count > FOLLOWERS);
    json_key_list(j, "joined");
    for (int i = 0; i < count && i < FOLLOWERS; i++) {
        json_obj(j);
        json_key_int(j, "id", ids[i]);
        json_key_str(j, "number", matter_number(tx->arena, &report_kind, opened[i], ids[i]));
        json_key_str(j, "title", titles[i]);
        json_key_str(j, "state", states[i]);
        for (const struct state *s = report_kind.states; s->name; s++)
            if (str_is(states[i], s->name))
                json_key_str(j, "state_label", label_in(s->label, lang));
        json_key_str(j, "how", hows[i]);
        json_key_time(j, "opened_at", opened[i]);
        if (i < 20)
            reporters_write(tx, who, j, ids[i]);
        json_end(j);
    }
    json_end(j);
}
