/* matter.h -- a matter (事项): anything somebody must bring to an end. A module gives a kind: its states and its moves.
 * The engine performs a move: lock, rights, check, update where state = from, history, deadlines, outbox, in one
 * transaction. Only the functions here change a matter's row.
 *
 * Number: PREFIX-YYMMDD-ID, e.g. BG-261123-4711, made from kind, opening day and id; not stored. The tracking code is
 * made from the id under a key of its own; not stored either (doc/why/numbers.md).
 * Owner: an org always, an account once somebody has taken it: a matter is never ownerless (P3).
 * Faults: NOT_FOUND (also for what the caller may not see), DENIED, STATE, CONFLICT, STALE, INVALID.
 * Memory: texts in tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_MATTER_H
#define WUXING_ENGINE_MATTER_H

#include "base/field.h"
#include "engine/who.h"

enum phase { PHASE_NONE, PHASE_OPEN, PHASE_ACTIVE, PHASE_WAITING, PHASE_DONE, PHASE_VOID };
static inline bool phase_unfinished(enum phase p) { return p <= PHASE_WAITING; }
const char *phase_wire(enum phase);
struct label phase_label(enum phase);

enum urgency { URGENCY_NORMAL, URGENCY_URGENT, URGENCY_ALARM };    /* larger is worse */
enum secrecy { SECRECY_NORMAL, SECRECY_REPORTER, SECRECY_SEALED }; /* reporter hidden; rows absent from lists and search */

/* What happens when a state's clock runs out. The doing seat always stays bound. */
enum late {
    LATE_NONE,                     /* finished states only */
    LATE_SUPERVISE,                /* adds the supervising seat (督办) and a dossier */
    LATE_RING,                     /* alarms: rings the next rostered seat, without end until a human takes it */
};

struct state {
    const char *name;
    struct label label;
    enum phase phase;
    const char *clock;             /* a limit of rules/limits.yaml; each unfinished state has one */
    enum late late;
    const char *late_verb;         /* a move the system performs when the clock runs out (e.g. 未应哨), or NULL */
};

enum { STATE_ANY_UNFINISHED = -1, STATE_SAME = -2, STATE_ANY_FINISHED = -3, STATE_ANY = -4 };
enum move_flags {
    MOVE_PRIMARY = 1,              /* the obvious next step of its state */
    MOVE_DANGER = 2,               /* asks again */
    MOVE_SYSTEM = 4,               /* performed by the engine or a module only, never offered */
    MOVE_REPORTER = 8,             /* open to the resident through the tracking page */
    MOVE_RECIPIENT = 16,           /* open to a department through its answer link, without an account */
    MOVE_CLAIMS = 32,              /* the mover becomes the owning account */
    MOVE_NOT_OWNER = 64,           /* refused to the owning account and to whoever resolved it (call-back) */
    MOVE_BY_SHEET = 256,           /* its photographed signed sheet only (scan.h): no button offers it */
    MOVE_OTHER_OWNER = 128,        /* the mover need not be in the matter's place (mirrors, arbitration) */
};

struct moving;
struct move {
    const char *verb;
    int from, to;                  /* indexes into states, or STATE_* */
    uint32_t who;                  /* roles that may, within their scope */
    struct label label;
    const struct field *form;      /* NULL: no fields but an optional note */
    size_t form_size;
    bool (*check)(struct tx *, struct moving *);     /* sets a fault and returns false to refuse */
    void (*effect)(struct tx *, struct moving *);    /* writes the module's own rows */
    unsigned flags;
};

/* The photographed signed sheet of `form` is the move `verb`, where the present state has it (engine/scan.h). */
struct sheet {
    const char *form, *verb;
};

struct paper;
struct matter;
struct kind {
    const char *name;              /* report, whistle, call ... */
    const char *prefix;            /* BG, CS ... two letters, unique */
    struct label label;
    const char *total_clock;       /* the limit that never stops from the first second */
    const struct state *states;    /* ended by {0}; states[0] is the first */
    const struct move *moves;      /* ended by {0} */
    /* Writes the module's own members into the open object of GET /matters/{id}; NULL: none. */
    void (*show)(struct tx *, const struct who *, int64_t id, struct json *);
    /* May somebody without an area grant see it (a called department)? NULL: no. */
    bool (*may_see)(struct tx *, const struct who *, int64_t id);
    /* Of the moves that state and rights allow, keeps those a page should offer: not one whose check would refuse whatever
     * the form says. Returns how many stay; NULL: all. */
    int (*offers)(struct tx *, const struct who *, const struct matter *, const struct move **moves, int count);
    /* Papers it prints, e.g. {"undertake", L("承办单", ...)} ended by {0}; see engine/paper.h */
    const struct choice *papers;
    const struct sheet *sheets;    /* ended by {0}; may be NULL; the first that fits is taken */
    /* Adds to a paper of this matter what only the module knows (paper_row, paper_block, .to); NULL: nothing. */
    void (*paper)(struct tx *, const struct who *, const struct matter *, const char *form, struct paper *);
};

struct matter {
    int64_t id;
    const struct kind *kind;
    int state;                     /* index into kind->states */
    enum phase phase;
    struct str title, text;
    struct str category;           /* key of rules/categories.yaml, or empty */
    struct str channel;
    enum urgency urgency;
    enum secrecy secrecy;
    struct place place;
    struct str address;
    int64_t lat, lon;              /* 1e-7 degree WGS-84; 0,0: unknown */
    int64_t owner_org, owner_account;
    int64_t reporter;              /* matter_reporter row of the first one, or 0 */
    int64_t lead;                  /* the matter this one was merged or bundled into, or 0 */
    ms opened_at, changed_at, due_at, closed_at;    /* due_at: the nearest running deadline */
    bool late;
    int64_t version;
};

/* A move under way; the engine fills it, checks and effects read and may set `note`, `to_org`, `to_account`. */
struct moving {
    struct matter m;
    const struct who *who;
    const struct move *move;
    void *form;                    /* move->form_size bytes, or NULL */
    struct str note;               /* goes into the history: from the form's `note`, `reason` or `text` */
    ms at;                         /* the paper's own time, else tx->now */
    int64_t version;               /* If-Match; 0: not asked */
    int64_t to_org, to_account;    /* set by an effect to change the owner; 0: stays */
    bool clear_account;            /* the owning account is let go */
    int64_t due_override;          /* set by an effect to give the new state's clock another end (extension) */
    bool silent;                   /* no feed event (imports of the past) */
    bool by_link;                  /* reporter or recipient through a code, not a log-in */
    int64_t file;                  /* the signed sheet that is this move, or 0 */
};

/* Opens a matter: id, row, first history entry, clocks, outbox. Fill kind, title, text, place, owner_org (0: by place)
 * and what else is known; `at` 0 means now. Returns the id, 0 after a fault. */
int64_t matter_open(struct tx *, const struct who *, struct matter *, ms at, struct str note);
bool matter_get(struct tx *, int64_t id, struct matter *ret_matter);            /* NOT_FOUND fault when missing */
/* The same, and NOT_FOUND too when `who` may not see it. */
bool matter_see(struct tx *, const struct who *, int64_t id, struct matter *ret_matter);
bool matter_visible(struct tx *, const struct who *, const struct matter *);

/* Performs `verb`. Fill who, form (decoded by the move's own table) and optionally note, at, version. */
bool matter_move(struct tx *, int64_t id, const char *verb, struct moving *);
/* The move rows of a state that `who` may perform now and the kind offers, for the page. Calls fn for each. A move without
 * a form whose check refuses is left out. */
void matter_moves(struct tx *, const struct who *, const struct matter *, void (*fn)(void *, const struct move *), void *);
const struct move *kind_move(const struct kind *, int state, struct str verb);

struct str matter_number(struct arena *, const struct kind *, ms opened_at, int64_t id);
bool matter_from_number(struct str, int64_t *ret_id) MUST_USE;
struct str matter_track_code(struct tx *, int64_t id);                          /* XXXX-XXXX-XXXX */
bool matter_from_track_code(struct tx *, struct str, int64_t *ret_id) MUST_USE;

/* Changes of fields by moves' effects (never of state). Each is recorded by the move's own history entry. */
void matter_set_category(struct tx *, struct moving *, struct str category);
void matter_set_place(struct tx *, struct moving *, struct place, struct str address, int64_t lat, int64_t lon);
void matter_set_urgency(struct tx *, struct moving *, enum urgency);
/* An entry of the history beside any move: somebody did something that changes no state (he dialled, it was handed over). */
void matter_record(struct tx *, const struct who *, const struct matter *, const char *verb, struct str note);
/* The owning account goes home and another has it from now on; a matter that nobody has taken stays untaken. */
void matter_hand_over(struct tx *, const struct who *, const struct matter *, int64_t to_account, struct str note);
void matter_set_lead(struct tx *, struct moving *, int64_t lead);

/* Reporters: any number per matter (merge keeps all). Name and phone are encrypted by engine/person. */
struct reporter {
    int64_t id;
    struct str name, phone;        /* clear text while writing; masked when read */
    bool confidential;
    struct str channel;
    ms at;
};
int64_t reporter_add(struct tx *, int64_t matter, const struct reporter *);

/* links */
enum link_type { LINK_CHILD = 1, LINK_SAME = 2, LINK_BUNDLE = 3, LINK_FOLLOWS = 4 };
void matter_link(struct tx *, int64_t from, int64_t to, enum link_type);
/* The unfinished matters that `ended` follows (LINK_FOLLOWS) get an entry `followed` and an event; by matter_move. */
void matter_tell_sources(struct tx *, const struct matter *ended);

/* Boot proof: every state reachable; every unfinished state has a way out and a clock; every clock's limit exists and
 * ends with a human; both labels present; verbs unique per from-state. Faults: INTERNAL naming kind and state. */
bool kind_prove(const struct kind *, struct arena *, struct fault *);
struct str kind_dot(const struct kind *, struct arena *, enum lang);

#endif
