/* routes_ring.c -- what was tried to wake somebody for a matter, a call dialled by hand, and the outcome that a telephone
 * gateway tells later; see engine/ring.h. Staff see the numbers of staff, to dial them; a resident's stay masked. */
#include "http/http.h"

#include "engine/ring_port.h"

enum { ATTEMPTS_MAX = 500, SEES_RINGS = R_STAFF & ~R(ADMIN) };

struct ring_query { struct has has; int64_t after; };
static const struct field ring_query[] = {
    FIELD(struct ring_query, after, ID, .label = L("起点", "After"), .ref = "ring_attempt"), {0} };

static void write_attempt(struct req *r, const struct attempt *a)
{
    bool resident = a->round == 0;                     /* family, key-holder, responder, whom somebody dialled by hand */
    struct json *j = &r->out;
    json_obj(j);
    json_key_int(j, "id", a->id);
    json_key_int(j, "round", a->round);
    json_key_bool(j, "again", a->again);
    json_key_id(j, "seat", a->seat);
    json_key_id(j, "org", a->org);
    json_key_id(j, "person", a->person);
    json_key_str(j, "name", resident ? mask_text(r->arena, MASK_NAME, a->name) : a->name);
    json_key_str(j, "number", resident ? mask_text(r->arena, MASK_PHONE, a->number) : a->number);
    json_key_str(j, "why", a->why);
    json_key_str(j, "port", a->port);
    json_key_str(j, "result", str_of(ring_result_wire(a->result)));
    json_key_str(j, "result_label", label_in(ring_result_label(a->result), r->lang));
    json_key_bool(j, "counts", ring_counts(a->result));
    json_key_str(j, "note", a->note);
    json_key_time(j, "at", a->at);
    json_key_time(j, "asked_at", a->asked_at);
    json_key_time(j, "rang_at", a->rang_at);
    json_key_time(j, "ended_at", a->ended_at);
    json_key_time(j, "texted_at", a->texted_at);
    json_key_id(j, "said_by", a->said_by);
    json_end(j);
}

static void rings_show(struct req *r)
{
    const struct ring_query *q = r->query;
    struct matter m;
    struct ring ring = { 0 };
    struct attempt a;
    int count = 0;
    int64_t last = 0;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    bool known = ring_get(r->tx, r->id, &ring);
    json_obj(&r->out);
    json_key_bool(&r->out, "ringing", known && ring.next_at);
    json_key_int(&r->out, "step", ring.step);
    json_key_bool(&r->out, "whole", ring.whole);
    json_key_time(&r->out, "started_at", ring.started_at);
    json_key_time(&r->out, "next_at", ring.next_at);
    json_key_time(&r->out, "stopped_at", ring.stopped_at);
    json_key_id(&r->out, "stopped_by", ring.stopped_by);
    json_key_list(&r->out, "items");
    struct rows rows = ring_list(r->tx, r->id, q ? q->after : 0, ATTEMPTS_MAX);
    while (ring_row(&rows, &a)) {
        write_attempt(r, &a);
        last = a.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == ATTEMPTS_MAX ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

struct said_form { struct has has; struct str name, phone, what; };
static const struct field said_form[] = {
    FIELD(struct said_form, name, TEXT, .label = L("打给谁", "Whom"), .required = true, .max = 40, .mask = MASK_NAME,
          .purpose = "rescue"),
    FIELD(struct said_form, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE, .purpose = "rescue"),
    FIELD(struct said_form, what, TEXT, .label = L("结果", "What happened"), .required = true, .min = 2, .max = 200), {0} };

static void said_prepare(struct req *r)
{
    r->lane = LANE_URGENT;
}

static void said_apply(struct req *r)
{
    const struct said_form *f = r->form;
    struct matter m;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    if (!phase_unfinished(m.phase)) {
        tx_refuse(r->tx, ERR_STATE);
        return;
    }
    ring_said(r->tx, r->who, r->id, f->name, f->phone, f->what);
    matter_record(r->tx, r->who, &m, "dialled", f->what);
}

/* --- receipts ------------------------------------------------------------------------------------------------------------- */

static const struct choice outcomes[] = {
    { "rang", L("已振铃", "Rang") }, { "answered", L("已接听", "Answered") }, { "busy", L("占线", "Busy") },
    { "failed", L("未接通", "Failed") }, {0} };
struct receipt_form { struct has has; struct str result, note; };
static const struct field receipt_form[] = {
    FIELD(struct receipt_form, result, CHOICE, .label = L("结果", "Outcome"), .required = true, .choices = outcomes),
    FIELD(struct receipt_form, note, TEXT, .label = L("说明", "Note"), .max = 120), {0} };

static void receipt_apply(struct req *r)
{
    const struct receipt_form *f = r->form;
    int64_t attempt = 0;
    enum ring_result result = RING_FAILED;
    for (int i = RING_RANG; i <= RING_FAILED; i++)
        if (str_is(f->result, ring_result_wire((enum ring_result)i)))
            result = (enum ring_result)i;
    if (!ring_receipt_attempt(engine_of(r->tx), r->part[0], &attempt))
        tx_refuse(r->tx, ERR_NOT_FOUND);
    else
        ring_receipt(r->tx, attempt, result, ring_counts(result) ? r->tx->now : 0, f->note);
}

static void receipt_show(struct req *r)
{
    json_obj(&r->out);
    json_key_bool(&r->out, "ok", true);
    json_end(&r->out);
}

const struct route ring_routes[] = {
    { GET, "/matters/{id}/rings", SEES_RINGS, .show = rings_show, .query = ring_query, .query_size = sizeof(struct ring_query),
      .about = L("呼叫记录：叫了谁、何时、结果", "Who was rung for a matter, when, and what happened") },
    { POST, "/matters/{id}/rings", SEES_RINGS, said_prepare, said_apply, rings_show, said_form, sizeof(struct said_form),
      .about = L("记录人工拨打的电话", "Record a call that was dialled by hand") },
    { POST, "/gateway/ring/{token}", R_PUBLIC, .prepare = said_prepare, .apply = receipt_apply, .show = receipt_show, .form = receipt_form,
      .form_size = sizeof(struct receipt_form), .flags = ROUTE_ROOT | ROUTE_NO_CSRF,
      .about = L("呼叫网关回报通话结果", "A telephone gateway tells the outcome of a call") },
    {0} };
