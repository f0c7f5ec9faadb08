/* alarm.c -- the alarm's row, its states and what its moves do. A claim is one key and takes no form; it begins the logged
 * reading of the elder's file. A claim without a word is let go after three minutes and rings again. See care.h. */
#include "modules/care/alarm_form.h"

#include "engine/ring.h"
#include "engine/rule.h"

SQL(select_alarm, "select elder, device, said, family, drill, presses, pressed_at, device_at, priority, claimed_at, claimed_by, spoken_at,"
                  " heard, help_at, call119_at, call119_by, call120_at, call120_by, sent_at, sent, arrived_at, forced_at, outcome,"
                  " outcome_at, heard_from, became, followed_at, well, rounds, ended_at from care_alarm where id = $1");
SQL(update_claimed, "update care_alarm set claimed_at = coalesce(claimed_at, $1), claimed_by = coalesce(claimed_by, $2) where id = $3");
SQL(update_let_go, "update care_alarm set rounds = rounds + 1, claimed_at = null, claimed_by = null where id = $1");
SQL(update_spoken, "update care_alarm set spoken_at = coalesce(spoken_at, $1), heard = $2 where id = $3");
SQL(update_help, "update care_alarm set help_at = coalesce(help_at, $1), outcome = null, outcome_at = null where id = $2");
SQL(update_119, "update care_alarm set call119_at = $1, call119_by = $2 where id = $3");
SQL(update_120, "update care_alarm set call120_at = $1, call120_by = $2 where id = $3");
SQL(update_sent, "update care_alarm set sent_at = coalesce(sent_at, $1), sent = $2 where id = $3");
SQL(update_arrived, "update care_alarm set arrived_at = coalesce(arrived_at, $1), arrived = $2 where id = $3");
SQL(update_forced, "update care_alarm set forced_at = $1 where id = $2");
SQL(insert_forced, "insert into care_forced(id, alarm, at, first, second, witness, witness_kind, reason, secured, account)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
SQL(update_outcome, "update care_alarm set outcome = $1, outcome_at = $2, heard_from = $3, became = $4 where id = $5");
SQL(update_followed, "update care_alarm set followed_at = $1, well = $2 where id = $3");
SQL(update_ended, "update care_alarm set ended_at = $1 where id = $2");
SQL(insert_hand, "insert into care_hand(alarm, account, at, role) values ($1, $2, $3, $4) on conflict do nothing");
SQL(select_hand, "select 1 from care_hand where alarm = $1 and account = $2");
SQL(select_account_name, "select name from account where id = $1 and disabled = 0");
SQL(select_account_phone, "select phone from seat where account = $1 and phone is not null and phone <> '' order by id limit 1");
SQL(insert_key, "insert into care_key(id, elder, act, holder, matter, at, account, note) values ($1, $2, $3, $4, $5, $6, $7, $8)");

bool care_alarm_get(struct tx *tx, int64_t id, struct care_alarm *ret)
{
    struct care_alarm a = { .id = id };
    if (!db_one(tx, select_alarm, IN(id),
                OUT(&a.elder, &a.device, &a.said, &a.family, &a.drill, &a.presses, &a.pressed_at, &a.device_at, &a.priority,
                    &a.claimed_at, &a.claimed_by, &a.spoken_at, &a.heard, &a.help_at, &a.call119_at, &a.call119_by, &a.call120_at,
                    &a.call120_by, &a.sent_at, &a.sent, &a.arrived_at, &a.forced_at, &a.outcome, &a.outcome_at, &a.heard_from,
                    &a.became, &a.followed_at, &a.well, &a.rounds, &a.ended_at)))
        return false;
    *ret = a;
    return true;
}

/* --- who reads ------------------------------------------------------------------------------------------------------------- */

bool care_is_hand(struct tx *tx, const struct who *who, int64_t alarm)
{
    int64_t one = 0;
    return who->account && db_one(tx, select_hand, IN(alarm, who->account), OUT(&one));
}

void care_hand_add(struct tx *tx, const struct who *who, int64_t alarm, int64_t account, const char *role)
{
    struct care_alarm a;
    struct matter m;
    if (!account || db_run(tx, insert_hand, IN(alarm, account, tx->now, role)) != 1)
        return;
    if (!care_alarm_get(tx, alarm, &a) || !a.elder || !matter_get(tx, alarm, &m))
        return;
    struct who reader = *who;
    reader.account = account;
    struct str why = arena_join(tx->arena, S("警情处置 "), matter_number(tx->arena, m.kind, m.opened_at, m.id));
    access_log(tx, &reader, "person", a.elder, why);
    if (care_has_consent(tx, a.elder, "medical"))
        access_log(tx, &reader, "elder_medical", a.elder, why);
}

/* --- effects ---------------------------------------------------------------------------------------------------------------- */

static void claim(struct tx *tx, struct moving *mv)
{
    struct care_alarm a;
    db_run(tx, update_claimed, IN(mv->at, REF0(mv->who->account), mv->m.id));
    care_hand_add(tx, mv->who, mv->m.id, mv->who->account, "seat");
    if (care_alarm_get(tx, mv->m.id, &a) && str_is(a.family, "fire"))      /* nobody waits to be spoken to in a fire */
        care_ring_people(tx, mv->who, &mv->m, &a);
}

static void assist(struct tx *tx, struct moving *mv)
{
    care_hand_add(tx, mv->who, mv->m.id, mv->who->account, "assist");
}

static void let_go(struct tx *tx, struct moving *mv)
{
    mv->clear_account = true;
    db_run(tx, update_let_go, IN(mv->m.id));       /* the claim that counts is the one somebody spoke after */
    if (mv->note.n == 0)
        mv->note = S("接警后没有通话记录，重新呼叫");
}

static void spoke(struct tx *tx, struct moving *mv)
{
    const struct said_form *form = mv->form;
    db_run(tx, update_spoken, IN(mv->at, form->text, mv->m.id));
}

static void call_for_help(struct tx *tx, struct moving *mv)
{
    struct care_alarm a;
    db_run(tx, update_help, IN(mv->at, mv->m.id));
    if (care_alarm_get(tx, mv->m.id, &a))
        care_ring_people(tx, mv->who, &mv->m, &a);
}

static bool dial_time_fits(struct tx *tx, struct moving *mv)
{
    const struct dial_form *form = mv->form;
    if (!form || !form->at || (form->at >= mv->m.opened_at && form->at <= tx->now))
        return true;
    care_bad(tx, "at", (struct label)L("时间", "When"), (struct label)L("应在报警之后、现在之前", "It lies between the alarm and now"));
    return false;
}

/* Who dialled, when, what was said: a human's word, and an attempt that counts. */
static void dialled(struct tx *tx, struct moving *mv)
{
    const struct dial_form *form = mv->form;
    bool fire = str_is(str_of(mv->move->verb), "called_119");
    struct str by = form && form->by.n ? form->by : mv->who->name;
    ms at = form && form->at ? form->at : mv->at;
    struct str number = fire ? S("119") : S("120");
    if (fire)
        db_run(tx, update_119, IN(at, by, mv->m.id));
    else
        db_run(tx, update_120, IN(at, by, mv->m.id));
    mv->note = arena_format(tx->arena, STR_FMT " 拨打 " STR_FMT "%s" STR_FMT, STR_ARG(by), STR_ARG(number),
                            form && form->text.n ? "：" : "", STR_ARG(form ? form->text : S("")));
    ring_said(tx, mv->who, mv->m.id, number, number, mv->note);
}

static bool can_send(struct tx *tx, struct moving *mv)
{
    const struct send_form *form = mv->form;
    if (form->account == 0 && form->name.n == 0)
        care_bad(tx, "name", (struct label)L("派谁去", "Who is sent"), (struct label)L("请选择人员或填写姓名", "Choose somebody or give a name"));
    return !tx_failed(tx);
}

static void send_somebody(struct tx *tx, struct moving *mv)
{
    const struct send_form *form = mv->form;
    struct str name = form->name;
    if (form->account && !db_one(tx, select_account_name, IN(form->account), OUT(&name))) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("account"), .bad = BAD_REF, .arg = S("账号"), .label = L("人员", "Person") });
        return;
    }
    if (form->minutes)
        mv->note = arena_format(tx->arena, STR_FMT "，约 %lld 分钟到", STR_ARG(name), (long long)form->minutes);
    else
        mv->note = name;
    db_run(tx, update_sent, IN(mv->at, name, mv->m.id));
    care_hand_add(tx, mv->who, mv->m.id, form->account, "responder");
    struct str phone = form->phone, normal;
    if (phone.n == 0 && form->account)
        db_one(tx, select_account_phone, IN(form->account), OUT(&phone));
    if (phone_normal(tx->arena, phone, &normal))
        ring_person(tx, mv->m.id, 0, name, normal, "responder");
}

static bool arrival_fits(struct tx *tx, struct moving *mv)
{
    const struct arrive_form *form = mv->form;
    if (!form || !form->at || (form->at >= mv->m.opened_at && form->at <= tx->now))
        return true;
    care_bad(tx, "at", (struct label)L("到场时间", "When"), (struct label)L("应在报警之后、现在之前", "It lies between the alarm and now"));
    return false;
}

static void arrive(struct tx *tx, struct moving *mv)
{
    const struct arrive_form *form = mv->form;
    struct str people = form && form->people.n ? form->people : mv->who->name;
    if (form && form->at)
        mv->at = form->at;
    mv->note = form && form->text.n ? arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(people), STR_ARG(form->text)) : people;
    db_run(tx, update_arrived, IN(mv->at, people, mv->m.id));
    care_hand_add(tx, mv->who, mv->m.id, mv->who->account, "responder");
}

static bool two_people(struct tx *tx, struct moving *mv)
{
    const struct forced_form *form = mv->form;
    if (str_eq(form->first, form->second))
        care_bad(tx, "second", (struct label)L("第二名在场人员", "Second person"),
                 (struct label)L("破门须两人在场", "Two people are there when a door is forced"));
    if (str_eq(form->witness, form->first) || str_eq(form->witness, form->second))
        care_bad(tx, "witness", (struct label)L("见证人", "Witness"), (struct label)L("见证人须另有其人", "The witness is somebody else"));
    return !tx_failed(tx);
}

static void forced(struct tx *tx, struct moving *mv)
{
    const struct forced_form *form = mv->form;
    db_run(tx, insert_forced, IN(db_id(tx, "care_forced"), mv->m.id, form->at ? form->at : mv->at, form->first, form->second, form->witness,
                                 form->witness_kind, form->reason, form->secured, REF0(mv->who->account)));
    db_run(tx, update_forced, IN(form->at ? form->at : mv->at, mv->m.id));
}

static void key_used(struct tx *tx, struct moving *mv)
{
    const struct key_form *form = mv->form;
    struct care_alarm a;
    if (!care_alarm_get(tx, mv->m.id, &a))
        return;
    mv->note = arena_format(tx->arena, STR_FMT " %s", STR_ARG(form->holder), care_choice(care_key_uses, form->act).zh);
    if (a.elder)
        db_run(tx, insert_key, IN(db_id(tx, "care_key"), a.elder, form->act, form->holder, mv->m.id, mv->at, REF0(mv->who->account),
                                  form->note));
}

/* --- outcome and follow-up ------------------------------------------------------------------------------------------------- */

static bool outcome_fits(struct tx *tx, struct moving *mv)
{
    const struct outcome_form *form = mv->form;
    const struct label label = L("处置结果", "Outcome");
    struct care_alarm a;
    if (!care_alarm_get(tx, mv->m.id, &a) || !rule_check(tx, "alarm_outcomes", form->outcome, "outcome", label))
        return false;
    const struct rule_entry *rule = rule_entry(rule_set(rules_of(tx), "alarm_outcomes"), form->outcome);
    bool of_drill = rule_int(rule, "drill", 0) == 1;
    if (of_drill != a.drill)
        care_bad(tx, "outcome", label, a.drill ? (struct label)L("演练只能以“演练”结束", "A drill ends as a drill")
                                              : (struct label)L("这不是演练", "This is no drill"));
    if (str_is(rule_prop(rule, "by"), "arrival") && mv->m.state != ALARM_ON_SITE)
        care_bad(tx, "outcome", label, (struct label)L("此结果须有人到场后登记", "This outcome needs somebody on site"));
    if (str_is(rule_prop(rule, "by"), "voice") && !a.spoken_at && !a.arrived_at)
        care_bad(tx, "outcome", label, (struct label)L("须先与老人通话或到场", "Speak to the elder or arrive first"));
    if (rule_int(rule, "from_elder", 0) && !str_is(form->heard_from, "elder"))
        care_bad(tx, "heard_from", (struct label)L("谁说的", "Heard from"),
                 (struct label)L("须由老人本人亲口说明；撤销键和他人转述不算", "Only the elder's own mouth counts, no cancel key and nobody else"));
    if (str_is(form->outcome, "service") && form->service.n == 0 && form->matter == 0)
        care_bad(tx, "service", (struct label)L("需要什么服务", "Which service"), (struct label)L("请选择服务或关联事项", "Choose the service or the matter"));
    return !tx_failed(tx);
}

static int64_t become(struct tx *tx, struct moving *mv, const struct care_alarm *a, const struct outcome_form *form)
{
    struct matter other;
    if (!str_is(form->outcome, "service"))
        return 0;
    if (form->matter == 0)
        return care_company_open(tx, mv->who, &mv->m, a, form->service, form->text);
    if (!matter_see(tx, mv->who, form->matter, &other))
        return 0;
    matter_link(tx, mv->m.id, form->matter, LINK_FOLLOWS);
    return form->matter;
}

static void outcome(struct tx *tx, struct moving *mv)
{
    const struct outcome_form *form = mv->form;
    struct care_alarm a;
    if (!care_alarm_get(tx, mv->m.id, &a))
        return;
    int64_t became = become(tx, mv, &a, form);
    if (a.device && str_is(form->outcome, "test"))
        care_test_answered(tx, mv->who, a.device, mv->at);
    db_run(tx, update_outcome, IN(form->outcome, mv->at, form->heard_from.n ? in_str(form->heard_from) : in_nil(NIL), REF0(became), mv->m.id));
    struct str label = care_rule_label(tx, "alarm_outcomes", form->outcome, ZH);
    mv->note = form->text.n ? arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(label), STR_ARG(form->text)) : label;
}

static void follow_up(struct tx *tx, struct moving *mv)
{
    const struct follow_form *form = mv->form;
    db_run(tx, update_followed, IN(mv->at, form->well, mv->m.id));
}

static bool is_drill(struct tx *tx, struct moving *mv)
{
    struct care_alarm a;
    if (care_alarm_get(tx, mv->m.id, &a) && !a.drill)
        tx_refuse(tx, ERR_STATE, "这不是演练", "This is no drill");
    return !tx_failed(tx);
}

static void end_drill(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_outcome, IN("drill", mv->at, in_nil(NIL), REF0(0), mv->m.id));
}

void care_on_alarm_end(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    db_run(tx, update_ended, IN(mv->at, m->id));
}

/* --- states and moves -------------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct state states[] = {
    [ALARM_RINGING]   = { "ringing",   L("待接警", "Ringing"),               PHASE_OPEN,    "alarm.answer",    LATE_RING,      NULL },
    [ALARM_TAKEN]     = { "taken",     L("已接警，先通话", "Taken, speak first"), PHASE_ACTIVE, "alarm.speak",  LATE_SUPERVISE, "ring_again" },
    [ALARM_SPOKEN]    = { "spoken",    L("已通话", "Spoken"),                PHASE_ACTIVE,  "alarm.decide",    LATE_SUPERVISE, NULL },
    [ALARM_HELP]      = { "help",      L("紧急求助", "Help wanted"),         PHASE_ACTIVE,  "alarm.dispatch",  LATE_SUPERVISE, NULL },
    [ALARM_SENT]      = { "sent",      L("已派人", "Somebody sent"),         PHASE_ACTIVE,  "alarm.arrive",    LATE_SUPERVISE, NULL },
    [ALARM_ON_SITE]   = { "on_site",   L("已到场", "On site"),               PHASE_ACTIVE,  "alarm.outcome",   LATE_SUPERVISE, NULL },
    [ALARM_FOLLOW_UP] = { "follow_up", L("待次日回访", "Call owed"),         PHASE_WAITING, "alarm.follow_up", LATE_SUPERVISE, NULL },
    [ALARM_CLOSED]    = { "closed",    L("已办结", "Closed"),                PHASE_DONE,    NULL, LATE_NONE, NULL },
    [ALARM_DRILLED]   = { "drilled",   L("演练结束", "Drill over"),          PHASE_VOID,    NULL, LATE_NONE, NULL },
    { 0 },
};

#define FORM(table, type) table, sizeof(struct type)
#define NO_FORM NULL, 0
#define DANGERS(from) \
    { "no_answer", from, ALARM_HELP, CARE_STAFF, L("无人应答", "No answer"), NO_FORM, NULL, call_for_help, MOVE_DANGER }, \
    { "danger", from, ALARM_HELP, CARE_STAFF, L("有危险", "Danger"), FORM(care_note_form, said_form), NULL, call_for_help, MOVE_DANGER }
#define SENDS(from, to) \
    { "dispatch", from, to, CARE_STAFF, L("派人上门", "Send somebody"), FORM(care_send_form, send_form), can_send, send_somebody, 0 }
#define ARRIVES(from, flags) \
    { "arrive", from, ALARM_ON_SITE, CARE_STAFF, L("到场", "Arrive"), FORM(care_arrive_form, arrive_form), arrival_fits, arrive, flags }
#define OUTCOMES(from) \
    { "outcome", from, ALARM_FOLLOW_UP, CARE_STAFF, L("登记结果", "Outcome"), FORM(care_outcome_form, outcome_form), outcome_fits, outcome, MOVE_PRIMARY }
#define TAKES_OVER(from) \
    { "take_over", from, STATE_SAME, CARE_STAFF, L("改由我处置", "Take over"), NO_FORM, NULL, assist, MOVE_CLAIMS }
static const struct move moves[] = {
    { "claim", ALARM_RINGING, ALARM_TAKEN, CARE_STAFF, L("接警", "Take"), NO_FORM, NULL, claim, MOVE_PRIMARY | MOVE_CLAIMS },
    TAKES_OVER(ALARM_TAKEN), TAKES_OVER(ALARM_SPOKEN), TAKES_OVER(ALARM_HELP), TAKES_OVER(ALARM_SENT), TAKES_OVER(ALARM_ON_SITE),
    TAKES_OVER(ALARM_FOLLOW_UP),
    { "assist", STATE_ANY_UNFINISHED, STATE_SAME, CARE_STAFF, L("协助处置", "Assist"), NO_FORM, NULL, assist, 0 },
    { "release", ALARM_TAKEN, ALARM_RINGING, CARE_STAFF, L("转回待接", "Let it ring again"), FORM(care_reason_form, text_form), NULL, let_go, MOVE_DANGER },
    { "ring_again", ALARM_TAKEN, ALARM_RINGING, 0, L("无通话，重新呼叫", "No word: rings again"), NO_FORM, NULL, let_go, MOVE_SYSTEM },
    { "spoke", ALARM_TAKEN, ALARM_SPOKEN, CARE_STAFF, L("已通话", "Spoke"), FORM(care_said_form, said_form), NULL, spoke, MOVE_PRIMARY },
    { "spoke", ALARM_HELP, ALARM_SPOKEN, CARE_STAFF, L("又接通了", "Reached after all"), FORM(care_said_form, said_form), NULL, spoke, 0 },
    { "spoke", ALARM_SENT, STATE_SAME, CARE_STAFF, L("已通话", "Spoke"), FORM(care_said_form, said_form), NULL, spoke, 0 },
    DANGERS(ALARM_TAKEN), DANGERS(ALARM_SPOKEN), DANGERS(ALARM_FOLLOW_UP),
    { "called_119", STATE_ANY_UNFINISHED, STATE_SAME, CARE_STAFF, L("已拨 119", "Dialled 119"), FORM(care_dial_form, dial_form), dial_time_fits, dialled, 0 },
    { "called_120", STATE_ANY_UNFINISHED, STATE_SAME, CARE_STAFF, L("已拨 120", "Dialled 120"), FORM(care_dial_form, dial_form), dial_time_fits, dialled, 0 },
    SENDS(ALARM_TAKEN, ALARM_SENT), SENDS(ALARM_SPOKEN, ALARM_SENT), SENDS(ALARM_HELP, ALARM_SENT), SENDS(ALARM_SENT, STATE_SAME),
    SENDS(ALARM_ON_SITE, STATE_SAME),
    ARRIVES(ALARM_TAKEN, 0), ARRIVES(ALARM_SPOKEN, 0), ARRIVES(ALARM_HELP, 0), ARRIVES(ALARM_SENT, MOVE_PRIMARY),
    { "forced_entry", ALARM_ON_SITE, STATE_SAME, CARE_STAFF, L("破门记录", "Forced entry"), FORM(care_forced_form, forced_form), two_people, forced, MOVE_DANGER },
    { "key", STATE_ANY_UNFINISHED, STATE_SAME, CARE_STAFF, L("领用或归还钥匙", "Door key"), FORM(care_key_form, key_form), NULL, key_used, 0 },
    OUTCOMES(ALARM_SPOKEN), OUTCOMES(ALARM_ON_SITE),
    { "end_drill", ALARM_TAKEN, ALARM_DRILLED, CARE_STAFF, L("结束演练", "End the drill"), NO_FORM, is_drill, end_drill, 0 },
    { "end_drill", ALARM_SENT, ALARM_DRILLED, CARE_STAFF, L("结束演练", "End the drill"), NO_FORM, is_drill, end_drill, 0 },
    { "end_drill", ALARM_FOLLOW_UP, ALARM_DRILLED, CARE_STAFF, L("结束演练", "End the drill"), NO_FORM, is_drill, NULL, 0 },
    { "follow_up", ALARM_FOLLOW_UP, ALARM_CLOSED, CARE_STAFF, L("回访办结", "Follow up and close"), FORM(care_follow_form, follow_form), NULL, follow_up, MOVE_PRIMARY },
    { "press", STATE_ANY_UNFINISHED, STATE_SAME, 0, L("再次呼叫", "Pressed again"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "device_says", STATE_ANY_UNFINISHED, STATE_SAME, 0, L("设备消息", "The device says"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "note", STATE_ANY, STATE_SAME, CARE_STAFF, L("备注", "Note"), FORM(care_note_form, said_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

static bool may_see(struct tx *tx, const struct who *who, int64_t id)
{
    return care_is_hand(tx, who, id);
}

static const struct choice papers[] = {
    { "undertake", L("警情处置单", "Alarm record") },
    { 0 },
};

const struct kind care_alarm_kind = {
    .name = "alarm", .prefix = "YJ", .label = L("警情", "Alarm"), .total_clock = "alarm.total", .states = states, .moves = moves,
    .show = care_alarm_show, .may_see = may_see, .papers = papers,
};
