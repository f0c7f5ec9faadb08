/* alarm_form.c -- what is asked at each step of an alarm: as little as can be. See care.h. */
#include "modules/care/alarm_form.h"

const struct field care_said_form[] = {
    FIELD(struct said_form, text, LONG_TEXT, .label = L("老人说了什么", "What the elder said"), .required = true, .min = 1, .max = 1000),
    { 0 },
};
const struct field care_note_form[] = {
    FIELD(struct said_form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .min = 1, .max = 2000),
    { 0 },
};
const struct field care_dial_form[] = {
    FIELD(struct dial_form, by, TEXT, .label = L("谁拨打", "Who dialled"), .max = 40, .help = L("不填为本人", "Yourself when empty")),
    FIELD(struct dial_form, at, TIME, .label = L("何时", "When"), .help = L("不填为现在", "Now when empty")),
    FIELD(struct dial_form, text, LONG_TEXT, .label = L("对方答复", "What they answered"), .max = 500),
    { 0 },
};
const struct field care_send_form[] = {
    FIELD(struct send_form, account, ID, .label = L("人员", "Person"), .ref = "account"),
    FIELD(struct send_form, name, TEXT, .label = L("姓名", "Name"), .max = 40, .help = L("没有账号的人填姓名", "For somebody without a log-in")),
    FIELD(struct send_form, phone, PHONE, .label = L("电话", "Telephone"), .help = L("填写后立即呼叫", "Is rung at once when given")),
    FIELD(struct send_form, minutes, INT, .label = L("预计几分钟到", "Expected minutes"), .min = 1, .max = 240),
    { 0 },
};
const struct field care_arrive_form[] = {
    FIELD(struct arrive_form, people, TEXT, .label = L("到场人员", "Who came"), .max = 200),
    FIELD(struct arrive_form, at, TIME, .label = L("到场时间", "When")),
    FIELD(struct arrive_form, text, LONG_TEXT, .label = L("见到本人了吗", "Was the elder seen"), .max = 500),
    { 0 },
};

static const struct choice witnesses[] = {
    { "police", L("公安民警", "Police") }, { "property", L("物业人员", "Property company") }, { "neighbour", L("邻居", "Neighbour") },
    { "family", L("家属", "Family") }, { 0 },
};
const struct field care_forced_form[] = {
    FIELD(struct forced_form, first, TEXT, .label = L("第一名在场人员", "First person"), .required = true, .min = 2, .max = 40),
    FIELD(struct forced_form, second, TEXT, .label = L("第二名在场人员", "Second person"), .required = true, .min = 2, .max = 40),
    FIELD(struct forced_form, witness, TEXT, .label = L("见证人", "Witness"), .required = true, .min = 2, .max = 40),
    FIELD(struct forced_form, witness_kind, CHOICE, .label = L("见证人身份", "The witness is"), .required = true, .choices = witnesses),
    FIELD(struct forced_form, reason, LONG_TEXT, .label = L("为何破门", "Why"), .required = true, .min = 2, .max = 500),
    FIELD(struct forced_form, secured, LONG_TEXT, .label = L("离开时门如何关好、财物如何", "How the door was secured"), .required = true, .min = 2,
          .max = 500),
    FIELD(struct forced_form, at, TIME, .label = L("破门时间", "When")),
    { 0 },
};

const struct choice care_key_uses[] = {
    { "taken", L("领用钥匙", "took the key") }, { "returned", L("归还钥匙", "returned the key") }, { 0 },
};
const struct field care_key_form[] = {
    FIELD(struct key_form, act, CHOICE, .label = L("领用或归还", "Taken or returned"), .required = true, .choices = care_key_uses),
    FIELD(struct key_form, holder, TEXT, .label = L("经手人", "Who"), .required = true, .min = 2, .max = 40),
    FIELD(struct key_form, note, TEXT, .label = L("说明", "Remark"), .max = 200),
    { 0 },
};

static const struct choice heard[] = {
    { "elder", L("老人本人", "The elder") }, { "family", L("家属", "Family") }, { "other", L("其他人", "Somebody else") }, { 0 },
};
const struct choice care_services[] = {
    { "meal", L("订餐", "Meal") }, { "cleaning", L("保洁", "Cleaning") }, { "voice", L("代购", "Shopping") },
    { "company", L("陪伴", "Company") }, { "repair", L("维修", "Repair") }, { "doctor", L("看病配药", "Doctor, medicine") },
    { "other", L("其他", "Something else") }, { 0 },
};
const struct field care_outcome_form[] = {
    FIELD(struct outcome_form, outcome, RULE, .label = L("处置结果", "Outcome"), .required = true, .ref = "alarm_outcomes"),
    FIELD(struct outcome_form, heard_from, CHOICE, .label = L("谁说的", "Heard from"), .choices = heard,
          .help = L("误触须由老人亲口说明", "A mistake counts only from the elder's own mouth")),
    FIELD(struct outcome_form, service, CHOICE, .label = L("需要什么服务", "Which service"), .choices = care_services),
    FIELD(struct outcome_form, matter, ID, .label = L("已登记为哪件事项", "Registered as which matter"), .ref = "matter"),
    FIELD(struct outcome_form, text, LONG_TEXT, .label = L("情况", "What happened"), .max = 2000),
    { 0 },
};
const struct field care_follow_form[] = {
    FIELD(struct follow_form, well, BOOL, .label = L("老人安好", "The elder is well"), .required = true),
    FIELD(struct follow_form, text, LONG_TEXT, .label = L("回访情况", "What was said"), .required = true, .min = 2, .max = 1000),
    { 0 },
};
