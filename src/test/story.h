/* story.h -- runs the .story files of stories/: black-box scenarios over a real loopback port, with the office of world.h and a
 * clock that only the story moves. Each file is one test per store; main.c counts them like any other.
 *
 * A statement is a line; indented lines carry it on. `#` starts a remark.
 *
 *   after 31 min                        sec, min, hours, days: the clock moves, and what has fallen due happens
 *   restart                             the server ends and starts again on its data; `restart after 9 hours`
 *   ACTOR opens WHAT name=value ...     POST /reports; report, whistle, phone-whistle or call
 *   ACTOR VERB $matter name=value ...   a move: POST /matters/{id}/{verb}
 *   ACTOR sees $matter                  GET /matters/{id}
 *   ACTOR GET|POST|PUT|DELETE /path name=value ...     below /api/v1; //path is from the root
 *   ACTOR and ACTOR at once ...         the same request by two people at the same moment; `-> 200 409` in any order
 *   ACTOR logs in                       with a password, over POST /session; without it a session is simply there
 *
 * ACTOR is a login of the office (clerk, urban, grid1 ...) or `resident`, who has none.
 * Values: @地名 or @单位 or @login is an id; +2h, -30min, +3d is a moment from now; true, 12 and 1.5 are no texts; [a,b] is a
 * list; "quoted" is always a text. Dots make members: reporter.phone="13900000001".
 * !key=K sends an Idempotency-Key, !lang=en asks for English, !form sends a form instead of JSON.
 *
 * After `->` stands what must come: a status, then PATH=value, PATH!=value, PATH~part, PATH!~part, PATH#=count and
 * $name:=PATH, which keeps a value: $name in later lines, $name.tail behind its last slash, $name.id behind its last hyphen.
 * A PATH goes through members and list places; * is any of a list, [name=x] the one whose name is x; `body` is all of it.
 *
 * Memory: the world's arena. Failure: a CHECK that names the story's line. Threading: one story, one process. */
#ifndef WUXING_TEST_STORY_H
#define WUXING_TEST_STORY_H

#include "http/server.h"
#include "test/world.h"

#include <jansson.h>

enum { STORY_NAMES_MAX = 64, STORY_ACTORS_MAX = 32, STORY_TOKENS_MAX = 96 };

struct token {
    struct str text;                   /* without its quotes */
    size_t quoted_at;                  /* where in the text a quoted part begins; text.n when there is none */
};

struct story_actor {
    struct arena *arena;
    struct str login, cookie, bearer;
    int64_t account;
    bool logged_in;                    /* with a password: its session is not made anew */
};

struct story {
    struct world *w;
    struct server *server;
    const char *file;
    int line;                          /* of the statement */
    struct str said;
    struct token tokens[STORY_TOKENS_MAX];
    int token_count;
    struct str names[STORY_NAMES_MAX], values[STORY_NAMES_MAX];
    int name_count;
    struct story_actor actors[STORY_ACTORS_MAX];
    int actor_count;
    int status;                        /* of the last answer */
    struct str body;
    json_t *json;
};

/* The tests of the folder, for main.c. */
const struct test *const *story_tests(int *ret_count);

_Noreturn void story_failed(struct story *, struct str what);

/* story_text.c */
void story_tokens(struct story *, struct str statement);
struct str story_named(struct story *, struct str name);
struct str story_fill(struct story *, struct token);            /* $names and @places replaced */
bool story_moment(struct story *, struct str text, ms *ret_at) MUST_USE;      /* +2h */
bool story_span(struct str number, struct str unit, ms *ret_span) MUST_USE;
void story_put(struct story *, json_t *root, struct token field);
void story_expect(struct story *, struct token);

/* story_http.c */
struct story_request {
    enum method method;
    struct str path, key, lang, body;
    bool form;
    const struct story_actor *actor;   /* NULL: the resident */
};
struct story_answer { long status; char *body; size_t body_bytes; char cookie[128]; };
void story_send(struct story *, const struct story_request *, struct story_answer *ret_answer);      /* any thread */
const struct story_actor *story_actor(struct story *, struct str login);
void story_log_in(struct story *, struct str login);

#endif
