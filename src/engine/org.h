/* org.h -- organisations, their named seats, who sits when (rosters), and the street x department directory.
 * A seat is a position in an org or an area (grid worker, branch secretary, department's A person ...); a vacancy is
 * visible. 四级联动 binds four seats of an area from the start: coordinate (street), direct (community), backup
 * (property), branch (courtyard branch); a courtyard without a manager has no backup seat, and the gap is shown.
 * The put functions return the id and leave the struct as it is, because an apply may be run again.
 * Faults: NOT_FOUND, INVALID, EXISTS. Memory: tx->arena. */
#ifndef WUXING_ENGINE_ORG_H
#define WUXING_ENGINE_ORG_H

#include "engine/area.h"

struct org {
    int64_t id, parent, area;
    struct str code, name, kind;       /* kind: a key of rules/org_kinds.yaml */
    struct str phone, uscc;
};
bool org_get(struct tx *, int64_t id, struct org *ret_org);
bool org_by_code(struct tx *, struct str code, struct org *ret_org);
int64_t org_put(struct tx *, const struct org *);                                /* by id or code; absent members stay */
struct rows org_list(struct tx *, struct str kind, struct str like, int64_t after, int limit);
bool org_row(struct rows *, struct org *ret_org);
/* The org that owns what happens at a place by default: the community's, else the street's, else the district's; never 0
 * in an office that was set up. */
int64_t org_of_place(struct tx *, struct place);

struct seat {
    int64_t id, org, area, account;    /* account 0: filled by a person without a log-in, or vacant */
    struct str kind;                   /* a key of rules/seats.yaml */
    struct str name, phone;            /* the sitting person as shown to staff; empty: vacant */
};
int64_t seat_put(struct tx *, const struct seat *);
bool seat_get(struct tx *, int64_t id, struct seat *ret_seat);                   /* no fault when missing */
/* Refused (STATE) while a shift of it runs or is to come, or a matter names it: its name is emptied instead. */
void seat_remove(struct tx *, int64_t id);
struct rows seat_list(struct tx *, int64_t org, int64_t area);                   /* 0: any */
bool seat_row(struct rows *, struct seat *ret_seat);
/* The four bound seats of a place, finest area first per kind; rows with id 0 are gaps (their kind is set), rows with
 * neither name nor account are vacant. Returns how many are no gaps. */
int seat_bound(struct tx *, struct place, struct seat ret_seats[4]);
/* Who supervises what happens at a place, by round: 1 the street's coordinate seat, 2 its leader, 3 the district. */
bool seat_supervisor(struct tx *, struct place, int64_t round, struct seat *ret_seat);

struct shift { int64_t id, seat; ms from, to; struct str kind; };                /* kind: day, night, holiday, a, b */
int64_t shift_put(struct tx *, const struct shift *);
void shift_remove(struct tx *, int64_t id);
struct rows shift_on(struct tx *, int64_t org, ms at);                           /* who is on duty, duty leader first; org 0: any */
struct rows shift_list(struct tx *, int64_t org, ms from, ms to);                /* any part of it in [from, to); org 0: any */
bool shift_get(struct tx *, int64_t id, struct shift *ret_shift, struct seat *ret_seat);      /* NOT_FOUND fault when missing */
bool shift_overlaps(struct tx *, const struct shift *);                          /* the same seat sits then already */
bool shift_row(struct rows *, struct shift *ret_shift, struct seat *ret_seat);

/* The directory for 电话直达哨: department x street x named person, A before B. */
struct contact { int64_t id, org, street; struct str org_name, street_name, name, phone, rank; };
int64_t contact_put(struct tx *, const struct contact *);
bool contact_get(struct tx *, int64_t id, struct contact *ret_contact);          /* NOT_FOUND fault when missing */
void contact_remove(struct tx *, int64_t id);
struct rows contact_list(struct tx *, int64_t street, int64_t org);
bool contact_row(struct rows *, struct contact *ret_contact);

#endif
