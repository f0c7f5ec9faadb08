/* show.c -- what the matter's page says of a report beside what every matter says. */
#include "modules/report/report.h"

SQL(select_replies, "select y.at, y.body, y.public, a.name from report_reply y left join account a on a.id ="
                    " y.account"
                    " where y.report = $1 order by y.id desc limit 50");
SQL(select_joins, "select count(*) from matter m join report r on r.id = m.id where m.lead = $1 and r.joined"
                  " = $2");

static struct str choice_label(const struct choice *choices, struct str name, enum lang lang)
{
    for (; choices->name; choices++)
        if (str_is(name, choices->name))
            return label_in(choices->label, lang);
    return S("");
}

static void replies_write(struct tx *tx, struct json *j, int64_t id)
{
    struct str body = { 0 }, name = { 0 };
    bool for_reporter = false;
    ms at = 0;
    struct rows rows = db_get(tx, select_replies, IN(id));
    json_key_list(j, "replies");
    while (db_row(&rows, OUT(&at, &body, &for_reporter, &name))) {
        json_obj(j);
        json_key_time(j, "at", at);
        json_key_str(j, "text", body);
        json_key_bool(j, "public", for_reporter);
        json_key_str(j, "who_name", name);
        json_end(j);
    }
    json_end(j);
}

static void call_write(struct json *j, const struct report_row *r)
{
    if (!r->called_at)
        return;
    json_key_obj(j, "callback");
    json_key_time(j, "at", r->called_at);
    json_key_str(j, "by", r->called_by);
    json_key_str(j, "outcome", r->outcome);
    json_key_str(j, "responded", r->responded);
    json_key_str(j, "resolved", r->resolved);
    json_key_str(j, "satisfied", r->satisfied);
    json_key_int(j, "attempts", r->attempts);
    json_end(j);
}

/* The upstream's own rates, imported; never the street's. */
static void upstream_write(struct json *j, const struct report_row *r)
{
    if (!r->up_at)
        return;
    json_key_obj(j, "upstream_callback");
    json_key_time(j, "at", r->up_at);
    json_key_bool(j, "responded", r->up_responded);
    json_key_bool(j, "resolved", r->up_resolved);
    json_key_bool(j, "satisfied", r->up_satisfied);
    json_end(j);
}

void report_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct report_row r;
    int64_t merged = 0, bundled = 0;
    struct org org;
    if (!report_get(tx, id, &r))
        return;
    const struct rule_entry *danger = rule_entry(rule_set(rules_of(tx), "danger_words"), r.danger);
    db_one(tx, select_joins, IN(id, "merge"), OUT(&merged));
    db_one(tx, select_joins, IN(id, "bundle"), OUT(&bundled));
    json_key_str(j, "nature", r.nature);
    json_key_str(j, "nature_label", choice_label(report_natures, r.nature, who->lang));
    json_key_str(j, "danger", r.danger);
    if (danger)
        json_key_str(j, "advice", rule_prop(danger, who->lang == ZH ? "advice_zh" : "advice_en"));
    json_key_bool(j, "disputed", r.disputed);
    json_key_str(j, "slip", r.slip);
    if (r.accused && who_has(who, R(LEADER) | R(CLERK)) && org_get(tx, r.accused, &org))
        json_key_str(j, "accused_name", org.name);
    json_key_str(j, "joined_as", r.joined);
    json_key_int(j, "merged_count", merged);
    json_key_int(j, "bundled_count", bundled);
    json_key_time(j, "assigned_at", r.assigned_at);
    json_key_time(j, "contacted_at", r.contacted_at);
    json_key_time(j, "due_close", r.due_close);
    json_key_time(j, "done_at", r.done_at);
    json_key_str(j, "result", r.result);
    json_key_int(j, "returns", r.returns);
    json_key_int(j, "redos", r.redos);
    call_write(j, &r);
    upstream_write(j, &r);
    report_requests_write(tx, j, id, who->lang);
    replies_write(tx, j, id);
    if (merged + bundled)
        report_joined_write(tx, who, j, id, who->lang);
}
