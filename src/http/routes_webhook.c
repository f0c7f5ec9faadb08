/* routes_webhook.c -- where other systems ask to be told; see engine/webhook.h. A webhook sees what its account may see. */
#include "http/http.h"

#include "engine/webhook.h"

SQL(select_webhook_account, "select account from webhook where id = $1");

enum { TELLERS = R(ADMIN) | R(LEADER) | R(API) };

struct webhook_form { struct has has; struct str url, secret; struct texts events; };
static const struct field webhook_form[] = {
    FIELD(struct webhook_form, url, TEXT, .label = L("推送地址", "URL"), .required = true, .max = 500),
    FIELD(struct webhook_form, events, TEXTS, .label = L("事件", "Events"), .required = true, .min = 1, .max = 50,
          .help = L("report.accept、report.* 或 *", "report.accept, report.* or *")),
    FIELD(struct webhook_form, secret, SECRET, .label = L("密钥", "Secret"),
          .help = L("whsec_ 加 base64；留空则由系统生成，只显示一次",
              "whsec_ and base64; left empty, one is made and shown once")), {0} };

struct new_webhook { struct str secret; int64_t id; };

static void webhook_prepare(struct req *r)
{
    const struct webhook_form *form = r->form;
    struct new_webhook *made = arena_new(r->arena, struct new_webhook);
    made->secret = form->secret.n ? form->secret : webhook_secret(r->arena);
    r->state = made;
}

static void webhook_apply(struct req *r)
{
    const struct webhook_form *form = r->form;
    struct new_webhook *made = r->state;
    struct buf events = buf_in(r->arena);
    for (int64_t i = 0; i < form->events.count; i++) {
        buf_put(&events, i ? S(",") : S(""));
        buf_put(&events, form->events.items[i]);
    }
    made->id = webhook_add(r->tx, r->who, form->url, buf_str(&events), made->secret);
    r->location = arena_format(r->arena, "/api/v1/webhooks/%lld", (long long)made->id);
}

static void webhook_show(struct req *r)
{
    const struct new_webhook *made = r->state;
    json_obj(&r->out);
    json_key_int(&r->out, "id", made->id);
    json_key_str(&r->out, "url", ((const struct webhook_form *)r->form)->url);
    json_key_str(&r->out, "secret", made->secret);
    json_end(&r->out);
}

static void webhooks_show(struct req *r)
{
    struct webhook w;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = webhook_list(r->tx, who_has(r->who, R(ADMIN)) ? 0 : r->who->account);
    while (webhook_row(&rows, &w)) {
        struct str rest = w.events, one;
        json_obj(&r->out);
        json_key_int(&r->out, "id", w.id);
        json_key_str(&r->out, "url", w.url);
        json_key_list(&r->out, "events");
        while (str_cut(&rest, ',', &one))
            json_str(&r->out, one);
        json_end(&r->out);
        json_key_str(&r->out, "state", w.state);
        json_key_int(&r->out, "failures", w.failures);
        json_key_time(&r->out, "created_at", w.made_at);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void webhook_remove_apply(struct req *r)
{
    webhook_remove(r->tx, r->who, r->id);
}

static void deliveries_show(struct req *r)
{
    const struct page *page = r->query;
    int64_t account = 0, before = 0, limit = page_limit(page), last = 0;
    struct delivery d;
    int count = 0;
    if (!db_one(r->tx, select_webhook_account, IN(r->id), OUT(&account)) || (account != r->who->account &&
            !who_has(r->who, R(ADMIN)))) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return;
    }
    if (page->after.n && !str_to_i64(page->after, &before))
        before = 0;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = delivery_list(r->tx, r->id, before, (int)limit);
    while (delivery_row(&rows, &d)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", d.id);
        json_key_int(&r->out, "seq", d.seq);
        json_key_str(&r->out, "state", d.state);
        json_key_int(&r->out, "tries", d.tries);
        json_key_int(&r->out, "status", d.status);
        json_key_str(&r->out, "note", d.note);
        json_key_time(&r->out, "next_at", str_is(d.state, "waiting") ? d.next_at : 0);
        json_key_time(&r->out, "done_at", d.done_at);
        json_end(&r->out);
        last = d.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

static void replay_apply(struct req *r)
{
    delivery_replay(r->tx, r->who, r->id);
}

const struct route webhook_routes[] = {
    { GET, "/webhooks", TELLERS, .show = webhooks_show, .about = L("推送地址", "Webhooks") },
    { POST, "/webhooks", TELLERS, webhook_prepare, webhook_apply, webhook_show, webhook_form,
          sizeof(struct webhook_form),
      .flags = ROUTE_SECRET_ANSWER, .about = L("新建推送，密钥只显示一次", "Add a webhook; its secret is shown once") },
    { DELETE, "/webhooks/{id}", TELLERS, .apply = webhook_remove_apply, .about = L("删除推送", "Remove a webhook") },
    { GET, "/webhooks/{id}/deliveries", TELLERS, .show = deliveries_show, .query = page_query,
          .query_size = sizeof(struct page),
      .about = L("推送记录", "Deliveries of a webhook") },
    { POST, "/deliveries/{id}/replay", TELLERS, .apply = replay_apply, .about = L("重新推送", "Post a delivery again") },
    {0} };
