/* call.c -- a request without a socket: the whole road of dispatch.c in the caller's thread, at once or in its parts. */
#include "http/http.h"

#include <stdlib.h>

static void take_call(struct work *w, const struct call *call)
{
    size_t mark = str_find(call->path, S("?"));
    w->method = call->method;
    w->path = str_head(call->path, mark);
    w->query = str_from(call->path, mark + 1);
    w->body = call->body;
    w->content_type = call->content_type;
    w->bearer = call->bearer;
    w->cookie = str_starts(call->cookie, S("wx=")) ? str_from(call->cookie, 3) : call->cookie;
    w->accept_language = call->accept_language;
    w->given = call->who;
    w->r.idempotency_key = call->idempotency_key;
    w->r.if_match = call->if_match;
    w->r.address = call->address;
    w->r.signature = call->signature;
}

static struct str kept(struct arena *arena, struct str s)
{
    return s.n ? arena_copy(arena, s) : (struct str){ 0 };
}

static struct answer answer_of(struct arena *arena, const struct work *w)
{
    const struct answer *a = &w->answer;
    return (struct answer){ .status = a->status, .type = kept(arena, a->type), .body = kept(arena, a->body),
        .location = kept(arena, a->location), .etag = kept(arena, a->etag), .link = kept(arena, a->link),
        .set_cookie = kept(arena, a->set_cookie) };
}

struct work *api_prepare(struct api *api, struct arena *arena, const struct call *call, struct answer *ret_answer)
{
    struct work *w = malloc(sizeof *w);
    if (!w)
        abort();
    work_init(w, api);
    take_call(w, call);
    work_route(w);
    w->over = w->body.n > work_body_max(w);
    if (work_begin(w) == STEP_WRITE)
        return w;
    *ret_answer = answer_of(arena, w);
    api_drop(w);
    return NULL;
}

int64_t api_apply(struct tx *tx, struct work *w)
{
    w->write.apply(tx, w->write.arg);
    return w->r.id;
}

void api_drop(struct work *w)
{
    if (!w)
        return;
    work_free(w);
    free(w);
}

void api_call(struct api *api, struct arena *arena, const struct call *call, struct answer *ret_answer)
{
    struct work *w = api_prepare(api, arena, call, ret_answer);
    if (!w)
        return;
    store_write(api->engine->store, &w->write);
    work_finish(w);
    *ret_answer = answer_of(arena, w);
    api_drop(w);
}
