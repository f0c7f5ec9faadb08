/* alarm_form.h -- inside the module: the forms of an alarm's moves (alarm_form.c). Memory and threading as base/field.h. */
#ifndef WUXING_MODULES_CARE_ALARM_FORM_H
#define WUXING_MODULES_CARE_ALARM_FORM_H

#include "modules/care/care_route.h"

struct said_form {
    struct has has;
    struct str text;
};
struct dial_form {
    struct has has;
    struct str by, text;
    int64_t at;
};
struct send_form {
    struct has has;
    int64_t account, minutes;
    struct str name, phone;
};
struct arrive_form {
    struct has has;
    struct str people, text;
    int64_t at;
};
struct forced_form {
    struct has has;
    struct str first, second, witness, witness_kind, reason, secured;
    int64_t at;
};
struct key_form {
    struct has has;
    struct str act, holder, note;
};
struct outcome_form {
    struct has has;
    struct str outcome, heard_from, service, text;
    int64_t matter;
};
struct follow_form {
    struct has has;
    bool well;
    struct str text;
};
extern const struct field care_said_form[], care_note_form[], care_dial_form[], care_send_form[], care_arrive_form[], care_forced_form[],
    care_key_form[], care_outcome_form[], care_follow_form[];
extern const struct choice care_key_uses[], care_services[];

#endif
