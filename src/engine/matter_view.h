/* matter_view.h -- a matter as a row of a list and as the whole page: written in one place for lists, search, figures,
 * detail and moves, so that they cannot differ. Names of areas, organisations and accounts come with the row.
 * Memory: tx->arena. Faults: NOT_FOUND from item_get. Threading: as the tx. */
#ifndef WUXING_ENGINE_MATTER_VIEW_H
#define WUXING_ENGINE_MATTER_VIEW_H

#include "engine/engine.h"

struct matter_item {
    struct matter m;                   /* text, address, point and clocks' details are not read */
    struct str area_name, org_name, account_name, snippet;
    int64_t reporter_count;
    bool mirror;
};

/* Left joins, so that SQLite walks the matters in the order of their own index. */
#define ITEM_COLUMNS "m.id, m.kind, m.state, m.phase, m.title, m.category, m.urgency, m.secrecy, m.area, m.street, m.community," \
    " m.grid, m.owner_org, m.owner_account, m.channel, m.opened_at, m.changed_at, m.due_at, m.late, m.version, a.name, o.name," \
    " c.name, (select count(*) from matter_reporter p where p.matter = m.id), (select count(*) from mirror u where u.matter = m.id)"
#define ITEM_FROM " from matter m left join area a on a.id = m.area left join org o on o.id = m.owner_org" \
    " left join account c on c.id = m.owner_account"
bool item_row(struct rows *, struct matter_item *ret_item);
bool item_get(struct tx *, int64_t id, struct matter_item *ret_item);            /* whoever may see it */
/* The members of an item, inside an object that is open. */
void item_members(struct tx *, struct json *, const struct matter_item *, enum lang);
void item_write(struct tx *, struct json *, const struct matter_item *, enum lang);

/* The whole page of a matter that `who` may see: members of CONTRACT.md and API.md. */
void matter_write(struct tx *, struct json *, const struct who *, int64_t id, enum lang);
/* The moves open to `who`, as [{verb,label,danger,primary,fields}]. */
void matter_write_moves(struct tx *, struct json *, const struct who *, const struct matter *, enum lang);
/* The running and met clocks, as [{name,label,seat,started_at,due_at,...}]. */
void matter_write_deadlines(struct tx *, struct json *, const struct matter *, enum lang);

/* What a list asks for; zero and empty members ask nothing. */
struct matter_query {
    struct str kind, state, category, channel;
    enum phase phase;
    int urgency;                       /* urgency + 1; 0: any */
    int64_t area, owner_account, owner_org;
    ms from, to;
    bool overdue, unclaimed, unfinished, by_due;
    struct str after;                  /* cursor, as the list before gave it */
    int64_t limit;
    int64_t only;                      /* this one, if it fits */
};
/* Calls fn for each row that `who` may see, newest first (or nearest due first); returns the cursor of the next page. */
struct str matter_list(struct tx *, const struct who *, const struct matter_query *,
                       void (*fn)(void *, struct matter_item *), void *arg);
struct label category_label(const struct tx *, struct str category);

/* An event as screens and webhooks get it (API.md): with the matter's number, for which its opening day is asked. */
struct event;
ms event_opened(struct tx *, const struct event *);
struct str event_verb(const struct engine *, const struct event *, enum lang);   /* the step, as pages call it */
void event_show(struct json *, const struct event *, ms opened_at, enum lang, const struct engine *);

#endif
