/* whistle.h -- 吹哨报到 and 电话直达哨.
 *
 * A whistle (吹哨, kind `whistle`) is blown when the street cannot solve something alone. A leader reviews it first,
 * unless it is an emergency. Each called department is a child matter of its own (kind `call`): it reports in, arrives,
 * finishes, or declines with a legal basis and waits for the district's ruling. Silence climbs by the clock: 未应哨 ->
 * 催办 -> 督办. When the last call has ended the whistle waits for a human to close it with a result. A department needs
 * no account: a numbered notice on paper, a link that works once, or a telephone call that the clerk logs.
 * A phone whistle (电话直达哨, kind `phone`) goes outward: whom the street rang for a firm, what they promised, by when.
 *
 *   whistle.c  the whistle, routes, module            open.c    POST /whistles and what it makes
 *   call.c     one called department                  answer.c  answering through a link, without an account
 *   record.c   joint record on site, ratings          phone.c   phone whistles      directory.c  whom to ring
 *   popup.c    telephones that ring at the office     figures.c numbers             show.c       what a page sees
 *   notice.c   what stands on papers                  call_row.c  the rows of calls
 *
 * This header is private to the folder; the module exports `whistle` only. Rules: rules/whistle.yaml, duty_list.yaml,
 * limits.yaml (whistle.*, call.*, phone.*). Sources: STANDARDS.md 9, PRACTICE.md 1, 12, 13.
 * Memory: texts in tx->arena. Threading: as the tx. */
#ifndef WUXING_MODULES_WHISTLE_H
#define WUXING_MODULES_WHISTLE_H

#include "engine/figure.h"
#include "engine/module.h"
#include "engine/org.h"
#include "http/route.h"

enum {
    WHISTLE_REVIEW, WHISTLE_BLOWN, WHISTLE_GATHERED, WHISTLE_CLOSED, WHISTLE_REFUSED, WHISTLE_WITHDRAWN
};
enum {
    CALL_PREPARED, CALL_CALLED, CALL_SILENT, CALL_SUPERVISED, CALL_HERE, CALL_ON_SITE, CALL_ARBITRATED, CALL_FINISHED,
    CALL_EXCUSED, CALL_ABSENT, CALL_CANCELLED
};
enum { PHONE_PROMISED, PHONE_ANSWERED, PHONE_CONFIRMED, PHONE_RAISED, PHONE_WITHDRAWN };
enum { WHISTLE_CALLS_MAX = 64 };

#define WHISTLE_CALLERS (R(LEADER) | R(CLERK) | R(DUTY) | R(COMMUNITY) | R(GRID))
#define WHISTLE_DESK (R(LEADER) | R(CLERK) | R(DUTY))

extern const struct kind whistle_kind, whistle_call_kind, whistle_phone_kind;
extern const struct figure whistle_figures[];
extern const struct choice whistle_types[], whistle_channels[];

/* --- rows ------------------------------------------------------------------------------------------------------- */

struct whistle_row {
    struct str type, cannot_because, approved_by, outcome;
    int64_t lead, source, made_by, blown_at;
    bool is_unsigned;                  /* approved by telephone, the signed sheet is still owed */
};
bool whistle_get(struct tx *, int64_t id, struct whistle_row *ret_row);

struct call_row {
    int64_t id, whistle, org, reply_by, link_round, called_at, answered_at, arrived_at, finished_at, missed_at, urged,
        supervised_at, arbiter, declined_at, ruled_at, agreed_at;
    bool lead, is_unsigned, in_time;
    struct str org_name, answered_by, answered_phone, answered_channel, came, basis, article, ruling;
};
bool whistle_call_get(struct tx *, int64_t id, struct call_row *ret_row);
int whistle_calls(struct tx *, int64_t whistle, struct call_row **ret_rows);           /* the lead one first */

struct phone_row {
    int64_t org, firm_org, promised_until, rounds, source, answered_at, link_round, confirmed_at;
    bool complete;
    struct str org_name, person, person_phone, firm, promised, answer, result, confirmed_by, confirmed_channel;
};
bool whistle_phone_get(struct tx *, int64_t id, struct phone_row *ret_row);

/* --- calls ------------------------------------------------------------------------------------------------------ */

/* Opens the child matter of one department, prepared but not yet told. */
int64_t whistle_call_open(struct tx *, const struct who *, const struct matter *whistle, int64_t org, bool lead,
                          ms reply_by);
/* Performs the system's `verb` on every unfinished call of the whistle, in the name of who moved the whistle. */
void whistle_calls_move(struct tx *, const struct who *, int64_t whistle, const char *verb, ms at);
/* The same person, let through to rows that are on offer to nobody: it is still their act. */
struct who whistle_acting(const struct who *);
bool whistle_is_called(const struct who *, int64_t org);       /* a grant as officer of that very department */
bool whistle_has_sheet(struct tx *, struct moving *);          /* check: a photographed signed sheet is the move */
void whistle_on_call_end(struct tx *, const struct matter *call, const struct moving *);
/* The department's name if it can be called: an org, and not a street or a community; else a bad field. */
bool whistle_can_call(struct tx *, int64_t org, const char *field, struct str *ret_name);

/* --- joint record and ratings (record.c) ------------------------------------------------------------------------- */

struct record_form {
    struct has has;
    int64_t at;
    struct str place;
    struct texts came;
    struct str found, decided;
    int64_t by_when;
};
struct record {
    int64_t at, due_at, made_at, signed_at;
    struct str place, came, found, decided;    /* came: one a line */
};
bool whistle_record_get(struct tx *, int64_t whistle, struct record *ret_record);
struct rate_form {
    struct has has;
    struct str score, remark;
};
extern const struct field whistle_record_form[], whistle_rate_form[];
bool whistle_record_open(struct tx *, struct moving *);        /* check: not yet signed */
void whistle_record_write(struct tx *, struct moving *);
bool whistle_record_there(struct tx *, struct moving *);       /* check: a draft that those present have agreed to */
void whistle_record_sign(struct tx *, struct moving *);
void whistle_record_bind(struct tx *, struct moving *);        /* on the call: its end is the one that was decided */
bool whistle_record_agreeable(struct tx *, struct moving *);   /* check, on the call */
void whistle_record_agree(struct tx *, struct moving *);
bool whistle_may_rate(struct tx *, struct moving *);
void whistle_rate(struct tx *, struct moving *);
void whistle_record_show(struct tx *, struct json *, int64_t whistle);
void whistle_ratings_show(struct tx *, const struct who *, struct json *, int64_t call);

/* --- links (answer.c) ---------------------------------------------------------------------------------------------- */

#define LINK_CALL "call"
#define LINK_FIRM "firm"
/* Ends the link of that round, makes the next one and returns its round. */
int64_t whistle_link_next(struct tx *, const struct matter *, const char *purpose, int64_t round, const char *limit);
void whistle_call_new_link(struct tx *, const struct matter *);
void whistle_phone_new_link(struct tx *, const struct matter *);
/* Writes "link" and "link_until" while the link of that round is good. */
void whistle_link_show(struct tx *, struct json *, const char *purpose, int64_t id, int64_t round);

/* --- what papers say (notice.c) -------------------------------------------------------------------------------------- */

struct paper;
void whistle_paper(struct tx *, const struct who *, const struct matter *, const char *form, struct paper *);
void whistle_call_paper(struct tx *, const struct who *, const struct matter *, const char *form, struct paper *);

/* --- what pages see (show.c) ---------------------------------------------------------------------------------------- */

struct str whistle_org_name(struct tx *, int64_t org);
void whistle_call_write(struct tx *, const struct who *, struct json *, const struct call_row *);
void whistle_show(struct tx *, const struct who *, int64_t id, struct json *);
void whistle_call_show(struct tx *, const struct who *, int64_t id, struct json *);
void whistle_phone_show(struct tx *, const struct who *, int64_t id, struct json *);
/* The members that every opened matter answers with (CONTRACT.md), inside an open object. */
void whistle_head_write(struct tx *, const struct who *, struct json *, const struct matter *);
/* The street's office at a place: whistles are the street's, whatever community they are about. */
int64_t whistle_office(struct tx *, struct place);
struct place whistle_home(struct tx *, const struct who *);    /* where a person without a place works; 0s if unknown */

/* --- routes ---------------------------------------------------------------------------------------------------------- */

struct reply_by {
    struct has has;
    int64_t org, due_at;
};
struct open_form {
    struct has has;
    struct str type, title, text;
    int64_t area, lat, lon;
    struct str address;
    struct ids departments;
    int64_t lead;
    struct str cannot_because;
    struct list reply_by;
    int64_t from;                      /* the matter it follows */
};
extern const struct field whistle_open_form[];
void whistle_open_apply(struct req *);
void whistle_open_show(struct req *);

struct answer_form {
    struct has has;
    struct str action, name, phone, text, basis, article, result;
};
extern const struct field whistle_answer_form[];
void whistle_answer_read(struct req *);
void whistle_answer_apply(struct req *);
void whistle_answer_show(struct req *);

struct phone_form {
    struct has has;
    int64_t contact, org;
    struct str person, person_phone, firm;
    int64_t firm_id;
    struct str said, promised;
    int64_t due_at, area, from;
};
extern const struct field whistle_phone_form[];
void whistle_phone_apply(struct req *);
void whistle_phone_answer(struct req *);

struct directory_query {
    struct has has;
    int64_t street, org;
};
struct contact_form {
    struct has has;
    int64_t org, street;
    struct str person_name, phone, rank;
};
extern const struct field whistle_directory_query[], whistle_contact_form[];
void whistle_directory_show(struct req *);
void whistle_contact_apply(struct req *);

struct ring_form {
    struct has has;
    struct str from, to;
    int64_t at;
    struct str pbx_id;
};
struct ring_query {
    struct has has;
    bool open;
};
extern const struct field whistle_ring_form[], whistle_ring_query[];
void whistle_ring_apply(struct req *);
void whistle_ring_show(struct req *);
void whistle_rings_show(struct req *);
void whistle_claim_apply(struct req *);
void whistle_claim_show(struct req *);
struct bind_form {
    struct has has;
    int64_t matter;
};
extern const struct field whistle_bind_form[];
void whistle_bind_apply(struct req *);

struct rating_query {
    struct has has;
    int64_t org, from, to;
};
extern const struct field whistle_rating_query[];
void whistle_rating_list(struct req *);

#endif
