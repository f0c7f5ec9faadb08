/* care_route.h -- inside the module: forms and parts of routes that more than one of its files names. Memory and threading
 * as http/route.h. */
#ifndef WUXING_MODULES_CARE_ROUTE_H
#define WUXING_MODULES_CARE_ROUTE_H

#include "modules/care/care.h"

struct text_form {
    struct has has;
    struct str text;
};
extern const struct field care_text_form[], care_reason_form[];        /* text optional; required as the reason */

struct elder_form {
    struct has has;
    int64_t person, area;
    struct str name, id_number, phone, address, living, hearing, dialect, called, spoken, door, medical, risk, risk_note, state;
    struct texts needs;
};
extern const struct field care_elder_form[];
extern const struct choice care_elder_states[];
void care_elder_add_apply(struct req *);
void care_elder_put_apply(struct req *);
void care_elder_show(struct req *);
void care_review_apply(struct req *);

struct contact_entry {
    struct has has;
    struct str kind, name, phone, relation, key_note;
    bool has_key;
};
struct contacts_form {
    struct has has;
    struct list contacts;
};
extern const struct field care_contacts_form[];
void care_contacts_apply(struct req *);
/* Replaces the list; the earlier one keeps its rows, ended. */
void care_contacts_write(struct tx *, int64_t elder, const struct contact_entry *, int64_t count);

struct board_query {
    struct has has;
    int64_t area, limit;
    bool follow_up, mine;
};
extern const struct field care_board_query[];
void care_board_show(struct req *);

struct devices_query {
    struct has has;
    struct str list, after;
    int64_t area, limit;
};
struct calendar_query {
    struct has has;
    int64_t area, from, days;
};
extern const struct field care_devices_query[], care_calendar_query[];
extern const struct choice care_device_states[];
void care_devices_show(struct req *);
void care_calendar_show(struct req *);
void care_vendors_show(struct req *);

/* The area a list is asked for, or the caller's own: as a filter over `area a`, one value. False after a fault. */
enum { CARE_BY_STREET = 1, CARE_BY_COMMUNITY = 2, CARE_BY_GRID = 4, CARE_BY_AREA = 8 };
#define CARE_AREA_FILTERS { "a.street = ?", 1 }, { "a.community = ?", 1 }, { "a.grid = ?", 1 }, { "a.id = ?", 1 }
bool care_scope(struct req *, int64_t area, uint32_t *ret_mask, int64_t *ret_value);

#endif
