/* duty.h -- 指挥室值班: the hand-over of a shift (交接班) as a matter of its own, and 昨夜今晨, the page for the morning meeting.
 *
 *   draft --offer--> offered --take_over--> done
 *     ^  \             |   \
 *     |   withdraw     |    withdraw
 *     \----refuse------/
 *
 * A draft lists open alarms, promises, call-backs owed, calls nobody took, matters in hand, silent devices, keys and leaders'
 * orders (rules/handover.yaml). Nobody is released while a line of a section with `receiver` has no receiving name: offer
 * and take_over are refused and name what is missing. Both sides confirm, each with his own log-in. What was received
 * changes its owner then: promises and matters of the outgoing side, never a matter that nobody has taken.
 * What is open is read anew each time; a line holds only what it is about. */
#ifndef WUXING_MODULES_DUTY_DUTY_H
#define WUXING_MODULES_DUTY_DUTY_H

#include "engine/matter_view.h"
#include "engine/promise.h"
#include "http/route.h"

enum { DUTY_PEOPLE = R(DUTY) | R(LEADER) | R(CLERK), DUTY_ITEMS_MAX = 500, DUTY_LINES_MAX = 600 };
enum duty_state { DUTY_DRAFT, DUTY_OFFERED, DUTY_DONE, DUTY_WITHDRAWN };

struct duty_row { int64_t id, outgoing, incoming; ms offered_at, taken_at; };
bool duty_get(struct tx *, int64_t id, struct duty_row *ret_row);

/* Something that is open now: of which section, and what it is about. */
struct duty_item {
    const struct rule_entry *section;
    int64_t ref, matter;               /* matter: 0 for a call or a device */
    struct str text;
    ms due_at;
};
/* What is open in a street for the outgoing account; at most DUTY_ITEMS_MAX. */
int duty_items(struct tx *, const struct who *, int64_t street, int64_t outgoing, struct duty_item *ret_items);

/* One line about it, open or ended; empty when it is not for these eyes. */
struct str duty_text(struct tx *, const struct who *, struct str section, int64_t ref);

struct duty_line {
    int64_t id, ref, receiver;
    struct str section, body, receiver_name;
    int item;                          /* its place among the items, or -1: ended, or written by hand */
};
/* The lines of a hand-over, and after them items that have no line yet (id 0). */
int duty_lines(struct tx *, int64_t handover, const struct duty_item *items, int item_count, struct duty_line *ret_lines);
/* How many lines need a receiving name; their numbers go into `ret_which`. */
int duty_missing(struct tx *, const struct duty_item *items, const struct duty_line *lines, int count, struct str *ret_which);

struct duty_state_of {
    struct duty_row row;
    struct duty_item *items;
    struct duty_line *lines;
    int item_count, line_count, missing;
    struct str which;
};
void duty_read(struct tx *, const struct who *, const struct matter *, struct duty_state_of *ret_state);

/* handover.c */
extern const struct kind duty_kind;
extern const struct field duty_open_form[];
struct duty_open { struct has has; int64_t incoming; };
void duty_open_apply(struct req *);
void duty_open_show(struct req *);

/* show.c, paper.c, morning.c */
void duty_show(struct tx *, const struct who *, int64_t id, struct json *);
struct paper;
void duty_paper(struct tx *, const struct who *, const struct matter *, const char *form, struct paper *);
struct str duty_when(struct arena *, ms at);                         /* 11月26日 18:00 */
extern const struct field duty_morning_query[];
struct morning_query { struct has has; int64_t area; };
void duty_morning_show(struct req *);
void duty_morning_page(struct req *);
void duty_morning_docx(struct req *);

#endif
