/* story.c -- the statements of a story and the tests that the folder makes. See story.h. */
#include "test/story.h"

#include <curl/curl.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef WUXING_STORIES
#define WUXING_STORIES "stories"
#endif

_Noreturn void story_failed(struct story *s, struct str what)
{
    fprintf(stderr, "  " STR_FMT "\n", STR_ARG(s->said));
    if (s->status)
        fprintf(stderr, "  answer %d " STR_FMT "\n", s->status, STR_ARG(s->body));
    check_failed(s->file, s->line, arena_z(&s->w->arena, what));
}

/* --- the server ------------------------------------------------------------------------------------------------------- */

static void start(struct story *s)
{
    struct fault fault = { 0 };
    struct server_config config = { .quiet = true };
    s->server = server_start(s->w->api, &config, &fault);
    if (!s->server)
        story_failed(s, S("the server did not start"));
}

static void restart(struct story *s, ms away)
{
    struct world *w = s->w;
    struct fault fault = { 0 };
    struct engine_config config = {
        .dir = w->db->dir, .url = w->db->url, .clock = &w->clock.clock, .modules = w->engine->modules,
    };
    server_stop(s->server);
    api_free(w->api);
    engine_close(w->engine);
    w->clock.at += away;
    w->engine = engine_open(&config, &fault);
    if (!w->engine)
        story_failed(s, S("the office did not open again"));
    w->api = api_new(w->engine);
    start(s);
    world_turn(w);
}

/* --- answers ------------------------------------------------------------------------------------------------------------ */

static void take_answer(struct story *s, struct story_answer *answer)
{
    json_decref(s->json);
    s->status = (int)answer->status;
    s->body = arena_copy(&s->w->arena, (struct str){ answer->body, answer->body_bytes });
    s->json = json_loadb(s->body.n ? s->body.p : "", s->body.n, JSON_DECODE_ANY, NULL);
    free(answer->body);
}

static void must_be(struct story *s, int at, int status)
{
    int64_t want;
    if (at >= s->token_count || !str_to_i64(s->tokens[at].text, &want))
        story_failed(s, S("a status must follow ->"));
    if (status != want)
        story_failed(s, arena_format(&s->w->arena, "the status is %d instead of %lld", status, (long long)want));
}

static void expect(struct story *s, int at)
{
    if (at >= s->token_count)
        story_failed(s, S("-> and what must come is missing"));
    must_be(s, at + 1, s->status);
    for (int i = at + 2; i < s->token_count; i++)
        story_expect(s, s->tokens[i]);
}

/* --- requests ------------------------------------------------------------------------------------------------------------- */

static bool is_word(const struct story *s, int at, const char *word)
{
    return at < s->token_count && str_is(s->tokens[at].text, word);
}

static struct str form_text(struct story *s, json_t *fields)
{
    struct buf b = buf_in(&s->w->arena);
    const char *name;
    json_t *value;
    json_object_foreach(fields, name, value)
    {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        char *part = curl_easy_escape(NULL, text ? text : json_string_value(value), 0);
        buf_format(&b, "%s%s=%s", buf_str(&b).n ? "&" : "", name, part);
        curl_free(part);
        free(text);
    }
    return buf_str(&b);
}

/* Everything from token `at` to `->` is fields and options; returns where `->` stands. */
static int read_fields(struct story *s, int at, struct story_request *r)
{
    json_t *fields = json_object();
    bool any = false;
    for (; at < s->token_count && !is_word(s, at, "->"); at++) {
        struct str text = s->tokens[at].text;
        if (str_starts(text, S("!key="))) {
            r->key = str_from(text, 5);
        } else if (str_starts(text, S("!lang="))) {
            r->lang = str_from(text, 6);
        } else if (str_is(text, "!form")) {
            r->form = true;
        } else {
            story_put(s, fields, s->tokens[at]);
            any = true;
        }
    }
    if (r->form) {
        r->body = form_text(s, fields);
    } else if (r->method != GET && (any || r->method != DELETE)) {
        char *text = json_dumps(fields, JSON_COMPACT);
        r->body = arena_copy(&s->w->arena, str_of(text));
        free(text);
    }
    json_decref(fields);
    return at;
}

/* Reads what token `at` says into a request; returns where `->` stands. */
static int read_request(struct story *s, int at, struct story_request *r)
{
    static const struct { const char *word; enum method method; } methods[] = {
        { "GET", GET }, { "POST", POST }, { "PUT", PUT }, { "PATCH", PATCH }, { "DELETE", DELETE },
    };
    static const struct { const char *word, *path; } things[] = {
        { "report", "/reports" }, { "whistle", "/whistles" }, { "phone-whistle", "/phone-whistles" }, { "call", "/calls" },
    };
    struct arena *arena = &s->w->arena;
    if (at + 1 >= s->token_count)
        story_failed(s, S("what does this person do?"));
    struct str verb = s->tokens[at].text;
    struct token object = s->tokens[at + 1];
    r->method = POST;
    for (size_t i = 0; i < COUNT(methods); i++)
        if (str_is(verb, methods[i].word)) {
            r->method = methods[i].method;
            r->path = story_fill(s, object);
            return read_fields(s, at + 2, r);
        }
    for (size_t i = 0; str_is(verb, "opens") && i < COUNT(things); i++)
        if (str_is(object.text, things[i].word))
            r->path = str_of(things[i].path);
    if (r->path.n)
        return read_fields(s, at + 2, r);
    if (!str_starts(object.text, S("$")))
        story_failed(s, S("not understood"));
    struct str id = story_fill(s, object);
    if (str_is(verb, "sees"))
        r->method = GET;
    r->path = str_is(verb, "sees") ? arena_format(arena, "/matters/" STR_FMT, STR_ARG(id))
                                   : arena_format(arena, "/matters/" STR_FMT "/" STR_FMT, STR_ARG(id), STR_ARG(verb));
    return read_fields(s, at + 2, r);
}

static const struct story_actor *who_is(struct story *s, struct str login)
{
    return str_is(login, "resident") ? NULL : story_actor(s, login);
}

static void one_person(struct story *s)
{
    struct story_answer answer;
    struct story_request request = { 0 };
    struct str login = s->tokens[0].text;
    if (is_word(s, 1, "logs") && is_word(s, 2, "in")) {
        story_log_in(s, login);
        return;
    }
    request.actor = who_is(s, login);
    int arrow = read_request(s, 1, &request);
    story_send(s, &request, &answer);
    take_answer(s, &answer);
    expect(s, arrow);
}

/* --- two people at once ------------------------------------------------------------------------------------------------------ */

struct racer {
    struct story *s;
    struct story_request request;
    struct story_answer answer;
    pthread_barrier_t *line;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    pthread_barrier_wait(racer->line);
    story_send(racer->s, &racer->request, &racer->answer);
    return NULL;
}

static void two_people(struct story *s)
{
    pthread_barrier_t line;
    pthread_t threads[2];
    struct racer racers[2] = { { .s = s, .line = &line }, { .s = s, .line = &line } };
    int64_t want[2];
    int arrow = read_request(s, 5, &racers[0].request);
    racers[1].request = racers[0].request;
    for (int i = 0; i < 2; i++) {
        racers[i].request.actor = who_is(s, s->tokens[i * 2].text);
        if (arrow + 1 + i >= s->token_count || !str_to_i64(s->tokens[arrow + 1 + i].text, &want[i]))
            story_failed(s, S("two statuses must follow ->"));
    }
    pthread_barrier_init(&line, NULL, 2);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&line);
    long got[2] = { racers[0].answer.status, racers[1].answer.status };
    bool straight = got[0] == want[0] && got[1] == want[1], crossed = got[0] == want[1] && got[1] == want[0];
    if (!straight && !crossed)
        story_failed(s, arena_format(&s->w->arena, "the statuses are %ld and %ld", got[0], got[1]));
    free(racers[0].answer.body);
    free(racers[1].answer.body);
}

/* Sessions end by the clock; whoever did not log in with a password has the next one at once. */
static void forget_sessions(struct story *s)
{
    for (int i = 0; i < s->actor_count; i++)
        if (!s->actors[i].logged_in)
            s->actors[i].cookie = (struct str){ 0 };
}

/* --- statements --------------------------------------------------------------------------------------------------------------- */

static ms span_at(struct story *s, int at)
{
    ms span = 0;
    if (at + 1 >= s->token_count || !story_span(s->tokens[at].text, s->tokens[at + 1].text, &span))
        story_failed(s, S("how long? 31 min, 2 hours, 3 days"));
    return span;
}

static void perform(struct story *s, struct str statement)
{
    s->said = statement;
    s->status = 0;
    story_tokens(s, statement);
    if (is_word(s, 0, "after"))
        world_advance(s->w, span_at(s, 1));
    else if (is_word(s, 0, "restart"))
        restart(s, is_word(s, 1, "after") ? span_at(s, 2) : 0);
    if (is_word(s, 0, "after") || is_word(s, 0, "restart"))
        forget_sessions(s);
    else if (is_word(s, 1, "and") && is_word(s, 3, "at") && is_word(s, 4, "once"))
        two_people(s);
    else
        one_person(s);
}

static struct str read_story(struct world *w, const char *path)
{
    struct buf b = buf_in(&w->arena);
    char bytes[4096];
    FILE *f = fopen(path, "r");
    if (!f)
        check_failed(path, 0, "cannot be read");
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        buf_put(&b, (struct str){ bytes, n });
    fclose(f);
    return buf_str(&b);
}

static void tell(struct world *w, const char *path)
{
    struct story *s = arena_new(&w->arena, struct story);
    struct str rest = read_story(w, path), line;
    struct buf statement = buf_in(&w->arena);
    int number = 0;
    *s = (struct story){ .w = w, .file = path };
    curl_global_init(CURL_GLOBAL_ALL);
    start(s);
    for (bool more = true; more;) {
        more = str_cut(&rest, '\n', &line);
        number++;
        bool remark = more && (str_trim(line).n == 0 || line.p[0] == '#'), carried = more && !remark && line.p[0] == ' ';
        if (remark)
            continue;
        if (!carried && buf_str(&statement).n) {
            perform(s, buf_str(&statement));
            statement = buf_in(&w->arena);
        }
        if (!carried)
            s->line = number;
        if (more)
            buf_put(&statement, line);
        buf_char(&statement, '\n');
    }
    server_stop(s->server);
    json_decref(s->json);
    curl_global_cleanup();
}

/* --- the folder ------------------------------------------------------------------------------------------------------------------ */

static int is_story(const struct dirent *entry)
{
    return str_ends(str_of(entry->d_name), S(".story"));
}

const struct test *const *story_tests(int *ret_count)
{
    static struct test tests[256];
    static const struct test *all[COUNT(tests)];
    static char paths[COUNT(tests)][512];
    struct dirent **found = NULL;
    const char *folder = getenv("WUXING_STORIES") ? getenv("WUXING_STORIES") : WUXING_STORIES;
    int n = scandir(folder, &found, is_story, alphasort);
    *ret_count = 0;
    for (int i = 0; i < n; i++) {
        if (*ret_count < (int)COUNT(tests)) {
            int at = (*ret_count)++;
            snprintf(paths[at], sizeof paths[at], "%s/%s", folder, found[i]->d_name);
            tests[at] = (struct test){ .name = "story", .file = paths[at], .line = 1, .told = tell };
            all[at] = &tests[at];
        }
        free(found[i]);
    }
    free(found);
    return all;
}
