/* company.c -- 服务需求: what an elder really needed when the key was pressed. Meals, cleaning and shopping go to the module that
 * takes such orders, as the device's own signal would; what nobody takes is a company call of ours, so that no need that a human
 * has heard is lost. See care.h. */
#include "modules/care/alarm_form.h"

SQL(insert_service, "insert into care_service(id, elder, alarm, service) values ($1, $2, $3, $4)");
SQL(select_service, "select s.elder, s.alarm, s.service, s.done_at, s.said from care_service s where s.id = $1");
SQL(update_done, "update care_service set done_at = $1, said = $2 where id = $3");

/* The order as a signal of the elder's device: its sequence names the alarm, so that it is made once. */
static int64_t as_order(struct tx *tx, const struct matter *alarm, const struct care_alarm *a, struct str service)
{
    struct device d = { 0 };
    struct signal s = { 0 };
    bool is_new = false;
    if (!a->device || (!str_is(service, "meal") && !str_is(service, "cleaning") && !str_is(service, "voice")) ||
        !device_get(tx, a->device, &d))
        return 0;
    struct signal_in in = { .protocol = d.protocol, .account = d.account, .kind = service, .at = tx->now, .raw = S(""), .data = S(""),
                            .sequence = arena_format(tx->arena, "alarm-%lld", (long long)alarm->id) };
    int64_t id = signal_put(tx, &in, &is_new);
    if (!id || !signal_apply(tx, id) || !signal_get(tx, id, &s))
        return 0;
    return s.matter;
}

int64_t care_company_open(struct tx *tx, const struct who *who, const struct matter *alarm, const struct care_alarm *a, struct str service,
                          struct str text)
{
    int64_t order = as_order(tx, alarm, a, service);
    if (order || tx_failed(tx)) {
        if (order)
            matter_link(tx, alarm->id, order, LINK_FOLLOWS);
        return order;
    }
    struct matter m = {
        .kind = &care_company_kind, .place = alarm->place, .address = alarm->address, .text = text, .channel = alarm->channel,
        .title = arena_format(tx->arena, "服务需求（%s）：" STR_FMT, care_choice(care_services, service).zh,
                              STR_ARG(care_area_name(tx, alarm->place.area))),
    };
    int64_t id = matter_open(tx, who, &m, 0, text);
    if (id == 0)
        return 0;
    db_run(tx, insert_service, IN(id, REF0(a->elder), alarm->id, service));
    matter_link(tx, alarm->id, id, LINK_FOLLOWS);
    return id;
}

void care_company_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    int64_t elder = 0, alarm = 0;
    struct str service, said;
    ms done_at = 0;
    if (!db_one(tx, select_service, IN(id), OUT(&elder, &alarm, &service, &done_at, &said)))
        return;
    json_key_id(j, "elder", elder);
    json_key_id(j, "alarm", alarm);
    json_key_str(j, "service", service);
    json_key_str(j, "service_label", label_in(care_choice(care_services, service), who->lang));
    json_key_time(j, "done_at", done_at);
    json_key_str(j, "said", said);
}

static void done(struct tx *tx, struct moving *mv)
{
    const struct said_form *form = mv->form;
    db_run(tx, update_done, IN(mv->at, form->text, mv->m.id));
}

/* clang-format off */
static const struct state states[] = {
    [COMPANY_OWED]  = { "owed",  L("待接办", "Owed"),   PHASE_OPEN,   "company.take", LATE_SUPERVISE, NULL },
    [COMPANY_TAKEN] = { "taken", L("办理中", "Taken"),  PHASE_ACTIVE, "company.done", LATE_SUPERVISE, NULL },
    [COMPANY_DONE]  = { "done",  L("已办好", "Done"),   PHASE_DONE,   NULL, LATE_NONE, NULL },
    { 0 },
};
static const struct move moves[] = {
    { "take", COMPANY_OWED, COMPANY_TAKEN, CARE_STAFF, L("接办", "Take"), NULL, 0, NULL, NULL, MOVE_PRIMARY | MOVE_CLAIMS },
    { "done", COMPANY_OWED, COMPANY_DONE, CARE_STAFF, L("已办好", "Done"), care_note_form, sizeof(struct said_form), NULL, done, 0 },
    { "done", COMPANY_TAKEN, COMPANY_DONE, CARE_STAFF, L("已办好", "Done"), care_note_form, sizeof(struct said_form), NULL, done, MOVE_PRIMARY },
    { "note", STATE_ANY, STATE_SAME, CARE_STAFF, L("备注", "Note"), care_note_form, sizeof(struct said_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

const struct kind care_company_kind = {
    .name = "company", .prefix = "FW", .label = L("服务需求", "Service need"), .total_clock = "company.total", .states = states, .moves = moves, .show = care_company_show,
};
