/* story_http.c -- a story's people and their requests. See story.h. */
#include "test/story.h"

#include "engine/account.h"
#include "engine/keys.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static const char password_of_all[] = "a-story-of-rain-2026";

/* --- people -------------------------------------------------------------------------------------------------------------- */

static void find_account(struct tx *tx, void *arg)
{
    struct story_actor *actor = arg;
    struct account account;
    if (account_by_login(tx, actor->login, &account))
        actor->account = account.id;
}

/* A person has a session, a system its bearer token. */
static void make_session(struct tx *tx, void *arg)
{
    struct story_actor *actor = arg;
    struct who who;
    if (account_who(tx, actor->account, &who) && who_has(&who, R(API)))
        actor->bearer = arena_copy(actor->arena, token_add(tx, &who_system, actor->account, S("story"), actor->cookie));
    else
        session_add(tx, actor->account, actor->cookie, S("story"), S("127.0.0.1"));
}

static struct story_actor *actor_of(struct story *s, struct str login)
{
    for (int i = 0; i < s->actor_count; i++)
        if (str_eq(s->actors[i].login, login))
            return &s->actors[i];
    struct story_actor *actor = &s->actors[s->actor_count];
    *actor = (struct story_actor){ .login = arena_copy(&s->w->arena, login), .arena = &s->w->arena };
    world_read(s->w, find_account, actor);
    if (actor->account == 0 || s->actor_count == STORY_ACTORS_MAX)
        story_failed(s, arena_format(&s->w->arena, "nobody is called " STR_FMT, STR_ARG(login)));
    s->actor_count++;
    return actor;
}

const struct story_actor *story_actor(struct story *s, struct str login)
{
    struct story_actor *actor = actor_of(s, login);
    if (actor->cookie.n == 0) {
        actor->cookie = random_token(&s->w->arena, 32);
        world_write(s->w, make_session, actor, NULL);
    }
    return actor;
}

struct new_password { int64_t account; struct str hash; };

static void set_password(struct tx *tx, void *arg)
{
    struct new_password *new = arg;
    account_set_password(tx, new->account, new->hash, false);
}

void story_log_in(struct story *s, struct str login)
{
    struct story_actor *actor = actor_of(s, login);
    struct new_password new = { actor->account, password_hash(&s->w->arena, S("a-story-of-rain-2026")) };
    world_write(s->w, set_password, &new, NULL);
    struct story_request request = { .method = POST, .path = S("/session"),
        .body = arena_format(&s->w->arena, "{\"login\":\"" STR_FMT "\",\"password\":\"%s\"}", STR_ARG(login), password_of_all) };
    struct story_answer answer;
    story_send(s, &request, &answer);
    if (answer.status != 200 || !answer.cookie[0])
        story_failed(s, S("the log-in was refused"));
    actor->cookie = arena_copy(&s->w->arena, str_of(answer.cookie));
    actor->logged_in = true;
    free(answer.body);
}

/* --- requests ------------------------------------------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct story_answer *answer = arg;
    size_t n = size * count;
    char *grown = realloc(answer->body, answer->body_bytes + n + 1);
    if (!grown)
        return 0;
    answer->body = grown;
    memcpy(grown + answer->body_bytes, bytes, n);
    answer->body_bytes += n;
    grown[answer->body_bytes] = 0;
    return n;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    static const char name[] = "set-cookie: wx=";
    struct story_answer *answer = arg;
    size_t n = size * count, at = sizeof name - 1, i = 0;
    if (n > at && !strncasecmp(bytes, name, at))
        for (; at + i < n && bytes[at + i] != ';' && i + 1 < sizeof answer->cookie; i++)
            answer->cookie[i] = bytes[at + i];
    return n;
}

/* Han characters in a query are written as they are read; the wire has them as %XX. */
static void put_url(struct story *s, struct str path, char *url, size_t bytes)
{
    bool root = str_starts(path, S("//"));
    size_t n = (size_t)snprintf(url, bytes, "http://127.0.0.1:%d%s", server_port(s->server), root ? "" : "/api/v1");
    for (size_t i = root; i < path.n && n + 4 < bytes; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (c > ' ' && c < 127)
            url[n++] = (char)c;
        else
            n += (size_t)snprintf(url + n, bytes - n, "%%%02X", c);
    }
    url[n] = 0;
}

static struct curl_slist *put_header(struct curl_slist *list, const char *name, struct str value)
{
    char line[512];
    if (value.n == 0)
        return list;
    snprintf(line, sizeof line, "%s: " STR_FMT, name, STR_ARG(value));
    return curl_slist_append(list, line);
}

static struct curl_slist *headers_of(const struct story_request *r)
{
    char cookie[256] = "";
    struct curl_slist *list = put_header(NULL, "Accept-Language", r->lang.n ? r->lang : S("zh-CN"));
    if (r->actor && r->actor->cookie.n)
        snprintf(cookie, sizeof cookie, "wx=" STR_FMT, STR_ARG(r->actor->cookie));
    if (r->actor && r->actor->bearer.n)
        snprintf(cookie, sizeof cookie, "Bearer " STR_FMT, STR_ARG(r->actor->bearer));
    list = put_header(list, r->actor && r->actor->bearer.n ? "Authorization" : "Cookie", str_of(cookie));
    if (r->method != GET)
        list = put_header(list, "X-Wuxing", S("1"));
    if (r->body.n)
        list = put_header(list, "Content-Type", r->form ? S("application/x-www-form-urlencoded") : S("application/json"));
    return put_header(list, "Idempotency-Key", r->key);
}

void story_send(struct story *s, const struct story_request *r, struct story_answer *ret_answer)
{
    static const char *const methods[] = { [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE" };
    char url[4096];
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(r);
    *ret_answer = (struct story_answer){ 0 };
    put_url(s, r->path, url, sizeof url);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret_answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, ret_answer);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, methods[r->method]);
    if (r->method != GET) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)r->body.n);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, r->body.n ? r->body.p : "");
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK)
        story_failed(s, str_of(curl_easy_strerror(code)));
}
