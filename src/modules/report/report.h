/* report.h -- 诉求: any issue by any channel, from its first word to the call-back.
 *
 *   report.c   states, moves, module              open.c     POST /reports and what one becomes
 *   steps.c    accept ... resolve, raise          ask.c      extension, suspension, return: asked and
 * answered call.c     call-back, rating, reopening       join.c     merge, bundle, and how they follow their
 * lead mirror.c   orders of an upstream platform     similar.c  likeness of words, place and class paste.c
 * texts pasted from WeChat, orders   show.c     what GET /matters/{id} says of a report resident.c pages
 * without a log-in             figures.c  numbers promises.c routes of promises                 sheet.c
 * imports: an upstream's orders, any list of reports paper.c    what only a report can say on its papers
 *
 * new -> accepted -> assigned -> handling -> resolved -> closed. A return goes to the dispatcher once
 * (`returned`); on a mirror return, extension, suspension and closing are requests until the upstream has
 * answered (PRACTICE 8). Sealed tip-offs (举报) never reach the accused unit and are never merged with named
 * reporters (PRACTICE 19). This header is private to the folder; the module exports `report` only. Rules:
 * rules/report.yaml, limits.yaml (report.*), callback.yaml, categories.yaml, danger_words.yaml,
 * upstreams.yaml, reject_grounds.yaml, duty_list.yaml. Faults: as matter.h, and STATE with a sentence for
 * every refusal of a rule. Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_MODULES_REPORT_H
#define WUXING_MODULES_REPORT_H

#include "engine/area.h"
#include "engine/figure.h"
#include "engine/mirror.h"
#include "engine/module.h"
#include "engine/org.h"
#include "engine/person.h"
#include "engine/rule.h"
#include "http/route.h"

enum {
    REPORT_NEW,
    REPORT_ACCEPTED,
    REPORT_ASSIGNED,
    REPORT_HANDLING,
    REPORT_RETURNED,
    REPORT_SUSPENDED,
    REPORT_RESOLVED,
    REPORT_MERGED,
    REPORT_BUNDLED,
    REPORT_CLOSED,
    REPORT_REJECTED,
    REPORT_WITHDRAWN,
    REPORT_GIVEN_BACK
};

extern const struct kind report_kind;
extern const struct figure report_figures[];
extern const struct importer report_orders, report_sheet;
extern const struct choice report_natures[], report_urgencies[];

struct report_row {
    int64_t id, accused, resolver, caller;
    struct str nature, slip, danger, joined, result, outcome, called_by, responded, resolved, satisfied;
    bool disputed, bundle;
    ms assigned_at, contacted_at, due_close, left_ms, done_at, called_at, joined_at, up_at;
    int64_t returns, extends, redos, attempts;
    int64_t up_responded, up_resolved, up_satisfied;
};
bool report_get(struct tx *, int64_t id, struct report_row *ret_row);
bool report_sealed_visible(struct tx *, const struct who *, int64_t id);       /* kind.may_see */
int report_offers(struct tx *, const struct who *, const struct matter *, const struct move **, int); /* kind.offers */
struct report_waiting { int64_t id, account; ms until; };
bool report_waits(struct tx *, int64_t id, const char *verb, struct report_waiting *ret); /* a request of our own (ask.c) */

int64_t report_setting(struct tx *, const char *key, int64_t otherwise);       /* rules/report.yaml */
ms report_limit(struct tx *, const struct moving *, const char *name); /* when that limit ends from now */
void report_due(struct tx *, struct moving *, ms due_at); /* both the clock of HANDLING and due_close */
/* The first danger word of the text, or NULL. */
const struct rule_entry *report_danger(struct tx *, struct str text);
enum urgency report_urgency(struct str wire);

/* --- forms of moves (each file's own) ----------------------------------------------------------- */

struct reason_form { struct has has; struct str reason; };
struct note_form { struct has has; struct str note; };
struct text_form { struct has has; struct str text; };
extern const struct field report_reason_form[], report_note_form[], report_text_form[];

struct accept_form { struct has has; struct str category, urgency, note; int64_t area; };
struct assign_form { struct has has; int64_t org, account, area; struct str note; };
struct reply_form { struct has has; struct str text; bool public; };
struct resolve_form { struct has has; struct str result, text; };
struct reject_form { struct has has; struct str basis, reason; };
struct place_form { struct has has; int64_t area, lat, lon; struct str address, note; };
struct urgency_form { struct has has; struct str urgency, reason; };
struct accused_form { struct has has; int64_t org; struct str note; };
extern const struct field report_accused_form[];
bool report_accused_ok(struct tx *, struct moving *);
void report_set_accused(struct tx *, struct moving *);
struct category_form { struct has has; struct str category, note; };
extern const struct field report_accept_form[], report_assign_form[], report_reply_form[],
    report_resolve_form[], report_reject_form[], report_place_form[], report_urgency_form[],
    report_category_form[];
bool report_accept_ok(struct tx *, struct moving *);
void report_accept(struct tx *, struct moving *);
bool report_assign_ok(struct tx *, struct moving *);
void report_assign(struct tx *, struct moving *);
bool report_take_ok(struct tx *, struct moving *);
bool report_self_ok(struct tx *, struct moving *);
bool report_vacant(struct tx *, struct moving *);
void report_take(struct tx *, struct moving *);
void report_reply(struct tx *, struct moving *);
void report_contact(struct tx *, struct moving *);
bool report_resolve_ok(struct tx *, struct moving *);
void report_resolve(struct tx *, struct moving *);
bool report_reject_ok(struct tx *, struct moving *);
bool report_withdraw_ok(struct tx *, struct moving *);
bool report_raise_ok(struct tx *, struct moving *);
void report_raise(struct tx *, struct moving *);
bool report_place_ok(struct tx *, struct moving *);
void report_place(struct tx *, struct moving *);
void report_set_urgency(struct tx *, struct moving *);
bool report_category_ok(struct tx *, struct moving *);
void report_set_category(struct tx *, struct moving *);

/* --- ask.c -------------------------------------------------------------------------------------- */

struct extend_form { struct has has; ms until; struct str reason; };
extern const struct field report_extend_form[], report_return_form[];
bool report_extend_ok(struct tx *, struct moving *);
void report_extend(struct tx *, struct moving *);
bool report_suspend_ok(struct tx *, struct moving *);
void report_suspend(struct tx *, struct moving *);
bool report_extend_asked(struct tx *, struct moving *);       /* checks of approve_ and refuse_ */
bool report_suspend_asked(struct tx *, struct moving *);
void report_extend_approve(struct tx *, struct moving *);
void report_suspend_approve(struct tx *, struct moving *);
void report_extend_refuse(struct tx *, struct moving *);
void report_suspend_refuse(struct tx *, struct moving *);
void report_pause(struct tx *, struct moving *); /* what is left of the clock is kept for resume */
void report_resume(struct tx *, struct moving *);
bool report_return_ok(struct tx *, struct moving *);
void report_return(struct tx *, struct moving *);
bool report_return_here(struct tx *, struct moving *);        /* ours to decide, not the upstream's */
bool report_grant_ok(struct tx *, struct moving *); /* a signed request sheet: whatever waits is granted */
void report_grant(struct tx *, struct moving *);
void report_after_grant(struct tx *, const struct matter *, const struct moving *);
void report_requests_write(struct tx *, struct json *, int64_t id, enum lang);

/* --- call.c ------------------------------------------------------------------------------------- */

struct call_form { struct has has; struct str outcome, responded, resolved, satisfied, note; };
extern const struct field report_call_form[], report_rate_form[];
bool report_call_ok(struct tx *, struct moving *);
void report_call(struct tx *, struct moving *);
bool report_rate_ok(struct tx *, struct moving *);
void report_rate(struct tx *, struct moving *);
bool report_reopen_ok(struct tx *, struct moving *);
void report_reopen(struct tx *, struct moving *);
void report_redo(struct tx *, struct moving *);
void report_after_call(struct tx *, const struct matter *, const struct moving *);
bool report_may_reopen(struct tx *, const struct matter *, bool by_resident);
bool report_may_rate(const struct matter *, const struct report_row *);

/* --- join.c ------------------------------------------------------------------------------------- */

struct similar_query;
struct into_form { struct has has; int64_t into; struct str note; };
extern const struct field report_into_form[];
bool report_merge_ok(struct tx *, struct moving *);
void report_merge(struct tx *, struct moving *);
bool report_bundle_ok(struct tx *, struct moving *);
void report_bundle(struct tx *, struct moving *);
void report_unmerge(struct tx *, struct moving *);
/* The lead of this person's bundle or earlier report of the same trouble; 0: none, or the text must go to a
 * human. */
int64_t report_bundle_of(struct tx *, struct str phone, const struct similar_query *, bool *ret_left);
void report_on_lead_done(struct tx *, const struct matter *, const struct moving *);
void report_on_lead_void(struct tx *, const struct matter *, const struct moving *);
void report_joined_write(struct tx *, const struct who *, struct json *, int64_t id, enum lang);

/* --- mirror.c ----------------------------------------------------------------------------------- */

struct answer_form {
    struct has has;
    struct str verb, answer, state;
    bool accepted;
    ms until;
    bool up_responded, up_resolved, up_satisfied;
};
extern const struct field report_answer_form[];
bool report_is_mirror(struct tx *, int64_t id);
bool report_answer_ok(struct tx *, struct moving *);
void report_answer(struct tx *, struct moving *);
void report_after_answer(struct tx *, const struct matter *, const struct moving *);
void report_copy_show(struct req *); /* GET /reports/{id}/copy: the reply in the upstream's order */

/* --- similar.c ---------------------------------------------------------------------------------- */

enum { SIMILAR_MAX = 5 };
struct similar_item {
    int64_t id, distance_m, score;     /* distance -1: unknown; score per cent */
    struct str title, category;
    int state;
    ms opened_at;
};
struct similar_query {
    struct str title, text, category;
    struct str where;                  /* the place's full name: not part of what is compared */
    struct place place;
    int64_t lat, lon;
    bool public_only;                  /* residents: public facilities only, nobody's own trouble */
};
struct similar_list { struct similar_item items[SIMILAR_MAX]; int count; };
void report_similar(struct tx *, const struct who *, const struct similar_query *,
                    struct similar_list *ret_list);
/* Shared pairs of characters / pairs of the smaller, per cent, without those of `where`. */
int64_t report_likeness(struct str a, struct str b, struct str where);
void report_similar_write(struct tx *, struct json *, const struct similar_list *, enum lang,
                          bool public_only);

struct similar_form { struct has has; struct str text, title, category; int64_t area, lat, lon; };
extern const struct field report_similar_query[];
void report_similar_show(struct req *);                       /* GET /similar */

/* --- promises.c --------------------------------------------------------------------------------- */

struct promise_form { struct has has; struct str text; ms due_at; };
struct promise_query { struct has has; bool mine; };
extern const struct field report_promise_form[], report_promise_query[];
void report_promise_apply(struct req *);
void report_promise_show(struct req *);
void report_promises_mine(struct req *);
void report_promise_keep(struct req *);

/* --- paste.c ------------------------------------------------------------------------------------ */

struct pasted {
    struct str text, title, name, phone, address, nature, number, category, state;
    ms due_at, at;
    bool confidential, urgent;
};
void report_paste_chat(struct arena *, struct str pasted, struct pasted *ret_pasted);
void report_paste_order(struct tx *, struct str upstream, struct str pasted, struct pasted *ret_pasted);
struct str report_title(struct str text);                     /* the first sentence, at most 40 characters */
bool report_time_in_order(struct str text,
                          ms *ret_at) MUST_USE; /* 2026-11-23 09:30[:00], 2026/11/23, RFC 3339 */

/* --- open.c ------------------------------------------------------------------------------------- */

struct reporter_form { struct has has; struct str name, phone; bool confidential; };
struct mirror_form { struct has has; struct str upstream, number, limits, state; ms due_at; };
struct slip_form { struct has has; struct str number; };
struct open_form {
    struct has has;
    struct str text, title, category, channel, urgency, nature, address, place, text_pasted, client_id;
    int64_t lat, lon, area, accused_org;
    ms at;
    struct reporter_form reporter;
    struct list reporters;
    struct mirror_form mirror;
    struct slip_form slip;
    /* Not in the table, so no request can set them: */
    bool quick;                        /* imports: inside a write, without likeness and geometry */
    struct str client_key;             /* the import's own */
};
extern const struct field report_open_form[];
struct opening;                        /* what prepare found out */
void report_open_prepare(struct req *);
void report_open_apply(struct req *);
void report_open_show(struct req *);
struct opening *report_opening(struct req *,
                               struct open_form *); /* checks and finds out; NULL after a fault */
int64_t report_open(struct tx *, const struct who *, struct opening *);        /* inside a transaction */
bool report_opening_existed(const struct opening *);
struct place report_home(struct tx *, const struct who *);

/* --- resident.c, show.c, paper.c ---------------------------------------------------------------- */

void report_public_prepare(struct req *);
void report_public_show(struct req *);
void report_track_show(struct req *);
void report_track_reopen(struct req *);
void report_track_rate(struct req *);
void report_track_withdraw(struct req *);
void report_track_answer(struct req *);
void report_track_files_prepare(struct req *);
void report_track_files_apply(struct req *);
void report_public_categories(struct req *);
void report_public_similar(struct req *);
struct track_form {
    struct has has;
    struct str text, place, category, nature, name, phone, client_id;
    int64_t lat, lon;
    bool confidential;
};
struct place_query { struct has has; struct str place, text; int64_t lat, lon; };
extern const struct field report_track_form[], report_place_query[];
void report_show(struct tx *, const struct who *, int64_t id, struct json *);
struct str report_latest_reply(struct tx *, int64_t id);
void report_paper(struct tx *, const struct who *, const struct matter *, const char *form, struct paper *);

#endif
