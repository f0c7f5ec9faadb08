/* care.h -- 云牵挂 and 呼叫器伙伴: an elder presses a key, and it never goes silent.
 *
 * An alarm (kind `alarm`) rings people until a named human takes it, is spoken to first, and ends only with an outcome and a
 * follow-up. Every later press is an event of its own on the same thread and raises its priority; another kind of danger
 * opens beside it. A device that is silent or broken is somebody's task (kind `upkeep`), with a substitute measure until it
 * works again; many silent ones together are one matter with a list of doors to knock at (kind `outage`). One key of unknown
 * need may turn out to ask for a service: then it becomes an order, a report or a company call (kind `company`).
 *
 *   elder.c elder_put.c elder_show.c  the elder's file          consent.c   consents and key custody
 *   alarm.c alarm_move.c              the alarm's life          alarm_open.c  signals and POST /alarms
 *   alarm_show.c                      prompts, people, board    company.c   a service need that somebody answers
 *   device.c device_list.c            activation, tests, lists  upkeep.c silent.c outage.c   faults and silence
 *   family.c                          今日平安                   figures.c   numbers
 *   night.c                           the evening print-out     import.c    elders from and into tables
 *
 * Private to the folder; the module exports `care` only. Rules: rules/care.yaml, alarm_*.yaml, elder_*.yaml, consents.yaml,
 * limits.yaml (alarm.*, upkeep.*, outage.*, company.*). Sources: CAPABILITIES.md 5.3, PRACTICE.md 3, 9, 14, 16.
 * Memory: texts in tx->arena. Threading: as the tx. */
#ifndef WUXING_MODULES_CARE_H
#define WUXING_MODULES_CARE_H

#include "engine/area.h"
#include "engine/device.h"
#include "engine/erase.h"
#include "engine/import.h"
#include "engine/figure.h"
#include "engine/org.h"
#include "engine/person.h"
#include "http/route.h"

enum {
    ALARM_RINGING, ALARM_TAKEN, ALARM_SPOKEN, ALARM_HELP, ALARM_SENT, ALARM_ON_SITE, ALARM_FOLLOW_UP, ALARM_CLOSED, ALARM_DRILLED
};
enum { UPKEEP_FAULT, UPKEEP_COVERED, UPKEEP_REPAIRED, UPKEEP_RESTORED, UPKEEP_JOINED };
enum { OUTAGE_OUT, OUTAGE_KNOCKING, OUTAGE_ENDED };
enum { COMPANY_OWED, COMPANY_TAKEN, COMPANY_DONE };

/* Who answers alarms: seats of a contracted call centre hold the role of a duty officer. */
#define CARE_STAFF (R(LEADER) | R(CLERK) | R(DUTY) | R(COMMUNITY) | R(GRID))
#define CARE_DESK  (R(LEADER) | R(CLERK) | R(DUTY))

extern const struct kind care_alarm_kind, care_upkeep_kind, care_outage_kind, care_company_kind;
extern const struct figure care_figures[];
extern const struct importer care_import_elders;
extern const struct choice care_living[], care_hearing[], care_risks[], care_contact_kinds[], care_givers[];

/* --- the elder's file (elder.c) -------------------------------------------------------------------------------------- */

struct elder {
    int64_t id;                        /* the person's */
    struct str state;                  /* active, stopped */
    struct str living, dialect, hearing, needs, risk, risk_rule, risk_note;
    struct str called, spoken, door;   /* how to address; address as spoken to an ambulance; how one gets in. clear */
    struct str medical;                /* clear; only care_elder_medical reads it */
    ms review_due, reviewed_at, changed_at;
    int64_t family_round, own_round;
};
bool care_elder_get(struct tx *, int64_t id, struct elder *ret_elder);          /* without `medical`; no fault when missing */
struct str care_elder_medical(struct tx *, int64_t id);                          /* empty without the consent for it */
/* The person behind the file if `who` may keep it; NOT_FOUND otherwise, as for every resident. */
bool care_elder_see(struct tx *, const struct who *, int64_t id, struct elder *ret_elder, struct person *ret_masked);
/* Present members of `given` over what is known; grades the risk anew. Returns the person's id. */
int64_t care_elder_put(struct tx *, const struct who *, const struct elder *given, const struct person *);
/* The grade by rules/elder_risk.yaml and the criterion that gave it. */
void care_risk_grade(struct tx *, const struct elder *, int64_t born, struct str *ret_risk, struct str *ret_rule);
int care_risk_rank(struct str risk);                                             /* larger is worse: 3 high, 2 middle, 1 low */
int care_age(ms now, int64_t born);                                              /* 0: not known */

struct care_contact {
    int64_t id, position;
    struct str kind, name, phone, relation, key_note;                            /* clear */
    bool has_key;
};
enum { CONTACTS_MAX = 24 };
int care_contacts(struct tx *, int64_t elder, struct care_contact ret_contacts[CONTACTS_MAX]);

bool care_has_consent(struct tx *, int64_t elder, const char *scope);
bool care_consent_stop(struct tx *, int64_t elder, struct str scope, struct str reason);   /* false: there was none */
struct label care_choice(const struct choice *, struct str name);
struct str care_rule_label(struct tx *, const char *rule, struct str key, enum lang);
int64_t care_setting(struct tx *, const char *key, int64_t otherwise);           /* `value` of rules/care.yaml */
void care_bad(struct tx *, const char *field, struct label label, struct label rule);
struct str care_area_name(struct tx *, int64_t area);

/* --- alarms ----------------------------------------------------------------------------------------------------------- */

struct care_alarm {
    int64_t id, elder, device, presses, priority, claimed_by, became, rounds;
    struct str said, family, heard, call119_by, call120_by, sent, arrived, outcome, heard_from;
    bool drill, well;
    ms pressed_at, device_at, claimed_at, spoken_at, help_at, call119_at, call120_at, sent_at, arrived_at, forced_at, outcome_at,
        followed_at, ended_at;
};
bool care_alarm_get(struct tx *, int64_t id, struct care_alarm *ret_alarm);
/* Which danger a signal means: person, fire, gas, water; the empty text for signals that are no alarm. */
struct str care_family_of(struct tx *, struct str said);
int64_t care_alarm_signal(struct tx *, const struct device *, const struct signal *);
void care_event_add(struct tx *, int64_t matter, const struct device *, const struct signal *);
void care_hand_add(struct tx *, const struct who *, int64_t alarm, int64_t account, const char *role);
bool care_is_hand(struct tx *, const struct who *, int64_t alarm);
/* Rings family, key-holders and the nearest responder at once. */
void care_ring_people(struct tx *, const struct who *, const struct matter *, const struct care_alarm *);
void care_alarm_show(struct tx *, const struct who *, int64_t id, struct json *);
void care_on_alarm_end(struct tx *, const struct matter *, const struct moving *);
int64_t care_company_open(struct tx *, const struct who *, const struct matter *alarm, const struct care_alarm *, struct str service,
                          struct str text);

/* --- devices ---------------------------------------------------------------------------------------------------------- */

struct care_device {
    int64_t id, replaces, replaced_by, fails;
    struct str state, agreed_by, read_back;    /* state: delivered, agreed, tested, read_back, live, retired */
    ms delivered_at, agreed_at, tested_at, read_back_at, live_at, last_test_at;
};
bool care_device_get(struct tx *, int64_t id, struct care_device *ret_device);   /* a registered one without a row: delivered */
/* The elder pressed the key as a test and a human answered: the monthly test. */
void care_test_answered(struct tx *, const struct who *, int64_t device, ms at);
int64_t care_test_signal(struct tx *, const struct device *, const struct signal *);

/* --- faults, silence, outages -------------------------------------------------------------------------------------------- */

int64_t care_fault_signal(struct tx *, const struct device *, const struct signal *);
int64_t care_restore_signal(struct tx *, const struct device *, const struct signal *);
int64_t care_info_signal(struct tx *, const struct device *, const struct signal *);
/* Opens the task unless one of this fault is open; returns it. */
int64_t care_upkeep_open(struct tx *, const struct device *, struct str fault, ms since);
int64_t care_upkeep_find(struct tx *, int64_t device, struct str fault);
void care_upkeep_show(struct tx *, const struct who *, int64_t id, struct json *);
void care_outage_show(struct tx *, const struct who *, int64_t id, struct json *);
void care_company_show(struct tx *, const struct who *, int64_t id, struct json *);
void care_on_upkeep_end(struct tx *, const struct matter *, const struct moving *);
void care_on_outage_end(struct tx *, const struct matter *, const struct moving *);
void care_silent_tick(struct tx *);
int64_t care_outage_open(struct tx *, struct str vendor, int64_t area, const char *cause, ms since);
void care_knock_add(struct tx *, int64_t outage, const struct device *, struct str risk, ms since);
void care_outage_back(struct tx *, int64_t outage);
void care_family_tick(struct tx *);
extern const struct erase_place care_erases[];

/* --- routes ------------------------------------------------------------------------------------------------------------ */

extern const struct route care_elder_routes[], care_consent_routes[], care_alarm_routes[], care_device_routes[],
    care_family_routes[], care_night_routes[], care_export_routes[];

#endif
