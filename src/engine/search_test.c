/* search_test.c -- Chinese words of two characters are found, and what is found holds the phrase. */
#include "engine/search.h"
#include "engine/person.h"
#include "store/text.h"
#include "test/errand.h"
#include "test/world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct act { struct world *w; const char *title; int64_t id; const struct who *who; const char *note; enum secrecy secrecy; };

static void do_open(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct matter m = { .kind = &errand_kind, .title = str_of(a->title), .text = S(""), .secrecy = a->secrecy,
                        .place = { .area = a->w->grid1, .street = a->w->street, .community = a->w->community1, .grid = a->w->grid1 } };
    a->id = matter_open(tx, &a->w->clerk, &m, 0, S(""));
}

static void do_note(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct moving mv = { .who = &a->w->clerk, .note = str_of(a->note) };
    matter_move(tx, a->id, "note", &mv);
}

static int64_t open_errand(struct world *w, const char *title)
{
    struct act a = { .w = w, .title = title };
    world_write(w, do_open, &a, NULL);
    return a.id;
}

static int find_as(struct world *w, const struct who *who, const char *query, int64_t *ids)
{
    int64_t next = -1;
    struct search_query q = { who, str_of(query), 0 };
    int count = search_find(w->engine->search, &w->arena, &q, 20, ids, &next);
    CHECK_INT(next, 0);
    return count;
}

static int find(struct world *w, const char *query, int64_t *ids)
{
    world_turn(w);
    while (search_feed(w->engine->search, 100) > 0)
        continue;
    return find_as(w, &who_system, query, ids);
}

TEST_STORES(two_character_words_are_found_newest_first)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t ids[20], roof = open_errand(w, "三号楼楼顶漏水严重"), wall = open_errand(w, "桂花路1号院围墙歪了"),
            pipe = open_errand(w, "水管漏水，地下室积水");
    CHECK_INT(find(w, "漏水", ids), 2);
    CHECK_INT(ids[0], pipe);
    CHECK_INT(ids[1], roof);
    CHECK_INT(find(w, "围墙", ids), 1);
    CHECK_INT(ids[0], wall);
    CHECK_INT(find(w, "漏 水管", ids), 1);                    /* a lone character is a prefix; both must hold */
    CHECK_INT(ids[0], pipe);
    CHECK_INT(find(w, "水漏", ids), 0);                       /* the same characters in another order are another word */
    CHECK_INT(find(w, "１号院", ids), 1);                     /* full-width digits are digits */
    CHECK_INT(find(w, "，。 ", ids), 0);
    CHECK_INT(find(w, "\" OR posting MATCH \"", ids), 0);
    world_close(w);
}

/* 300 newer ones of another street than the clerk's, three of his own below them. */
static void open_crowd(struct tx *tx, void *arg)
{
    struct world *w = arg;
    for (int i = 0; i < 303; i++) {
        bool far = i >= 3;
        struct matter m = { .kind = &errand_kind, .title = S("楼顶漏水"), .text = S(""), .owner_org = far ? w->org_street2 : 0,
                            .place = { .area = far ? w->street2 : w->street, .street = far ? w->street2 : w->street } };
        matter_open(tx, &who_system, &m, 0, S(""));
    }
}

TEST_STORES(what_is_out_of_reach_is_passed_over)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t ids[20], all[400], next = 0;
    world_write(w, open_crowd, w, NULL);
    CHECK_INT(find(w, "没有这个词", ids), 0);                 /* feeds the index */
    CHECK_INT(find_as(w, &w->clerk, "漏水", ids), 3);
    int count = 0, pages = 0;
    struct search_query q = { &w->clerk_far, S("漏水"), 0 };
    do {
        q.before = next;
        count += search_find(w->engine->search, &w->arena, &q, 40, all + count, &next);
    } while (next && pages++ < 20);
    CHECK_INT(count, 300);
    for (int i = 1; i < count; i++)
        CHECK(all[i] < all[i - 1]);
    world_close(w);
}

TEST_STORES(notes_and_numbers_are_found_and_sealed_matters_are_not)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t ids[20];
    struct act a = { .w = w, .title = "路灯不亮", .note = "电缆被挖断，已联系供电所" };
    world_write(w, do_open, &a, NULL);
    world_write(w, do_note, &a, NULL);
    CHECK_INT(find(w, "供电所", ids), 1);
    CHECK_INT(ids[0], a.id);
    struct str number = matter_number(&w->arena, &errand_kind, w->clock.at, a.id);
    CHECK_INT(find(w, number.p, ids), 1);
    struct act sealed = { .w = w, .title = "调解卷宗密件", .secrecy = SECRECY_SEALED };
    world_write(w, do_open, &sealed, NULL);
    CHECK_INT(find(w, "卷宗", ids), 0);
    world_close(w);
}

TEST_STORES(a_rebuilt_index_finds_the_same)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t ids[20];
    for (int i = 0; i < 30; i++)
        open_errand(w, i % 3 ? "垃圾堆积" : "井盖松动");
    CHECK_INT(find(w, "井盖", ids), 10);
    struct fault fault = { 0 };
    CHECK(search_rebuild(w->engine->search, &fault));
    CHECK_INT(find(w, "井盖", ids), 10);
    world_close(w);
}

/* --- erasure ----------------------------------------------------------------------------------------------------------------------- */

#define ERASED "示范赵"
#define NUMBER "410102195001010014"

struct erased { struct world *w; int64_t person, matter; };

static void tell(struct tx *tx, void *arg)
{
    struct erased *e = arg;
    struct place place = { .area = e->w->grid1, .street = e->w->street, .community = e->w->community1, .grid = e->w->grid1 };
    struct person p = { .area = e->w->grid1, .name = S(ERASED), .id_number = S(NUMBER), .phone = S("13800000091") };
    struct reporter r = { .name = S(ERASED), .phone = S("13800000091"), .channel = S("phone") };
    e->person = person_put(tx, &who_system, &p, "test");
    e->matter = errand_open(tx, &who_system, place, ERASED "家的墙歪了，身份证" NUMBER);
    reporter_add(tx, e->matter, &r);
    struct moving mv = { .who = &who_system, .note = S("已联系" ERASED) };
    matter_move(tx, e->matter, "note", &mv);
}

static void erase(struct tx *tx, void *arg)
{
    struct erased *e = arg;
    struct who admin = { .account = 1, .roles = R(ADMIN), .channel = "web" };
    person_erase(tx, &admin, e->person, S("本人申请删除"));
}

/* Documents that hold a piece, asked of the index itself. */
static int indexed(struct world *w, const char *piece)
{
    struct fault fault = { 0 };
    int64_t numbers[10];
    struct text_index *t = text_open(w->engine->dir, w->engine->url[0] ? w->engine->url : NULL, &fault);
    CHECK(t);
    int n = text_find(t, &w->arena, &(struct str){ piece, strlen(piece) }, 1, 0, 10, numbers);
    text_close(t);
    return n;
}

static bool on_disk(struct world *w, const char *name, struct str bytes)
{
    struct buf all = buf_in(&w->arena);
    FILE *f = fopen(arena_format(&w->arena, "%s/%s", w->engine->dir, name).p, "rb");
    for (int c; f && (c = fgetc(f)) != EOF;)
        buf_char(&all, (char)c);
    if (f)
        fclose(f);
    return str_has(buf_str(&all), bytes);
}

TEST_STORES(an_erased_resident_leaves_the_index_too)
{
    struct world *w = world_open_with(db, errand_modules);
    struct erased e = { .w = w };
    int64_t ids[20], other = open_errand(w, "另一户的墙歪了");
    world_write(w, tell, &e, NULL);
    CHECK_INT(find(w, ERASED, ids), 1);
    CHECK_INT(indexed(w, "范赵"), 2);                          /* the opening and the note */
    if (!w->engine->url[0])
        CHECK(on_disk(w, "search.db", S(NUMBER)) || on_disk(w, "search.db-wal", S(NUMBER)));
    world_write(w, erase, &e, NULL);
    CHECK_INT(find_as(w, &who_system, ERASED, ids), 0);        /* at once, by the exact check */
    CHECK_INT(indexed(w, "范赵"), 2);
    CHECK_INT(find(w, ERASED, ids), 0);
    CHECK_INT(indexed(w, "范赵"), 0);
    CHECK_INT(indexed(w, NUMBER), 0);
    if (!w->engine->url[0])
        CHECK(!on_disk(w, "search.db", S(NUMBER)) && !on_disk(w, "search.db-wal", S(NUMBER)));
    CHECK_INT(find(w, "墙歪", ids), 2);                        /* the rest is found as before */
    CHECK_INT(ids[1], other);
    struct act late = { .w = w, .title = "新来的事" };
    world_write(w, do_open, &late, NULL);
    CHECK_INT(find(w, "新来", ids), 1);
    CHECK_INT(search_feed(w->engine->search, 100), 0);         /* and the same erasure does not begin it all again */
    world_close(w);
}

TEST(likeness_counts_shared_pieces)
{
    arena_scoped struct arena a;
    arena_init(&a, 0);
    CHECK(search_likeness(&a, S("桂花路1号院围墙歪了"), S("1号院的围墙歪了，很危险")) > 0.5);
    CHECK(search_likeness(&a, S("桂花路1号院围墙歪了"), S("小区路灯不亮")) < 0.1);
    CHECK(fabs(search_likeness(&a, S("漏水"), S("漏水")) - 1.0) < 1e-9);
    CHECK(search_likeness(&a, S(""), S("漏水")) < 1e-9);
    CHECK_STR(search_cut(&a, S("三号楼A座漏水")), "三号 号楼 楼 a 座漏 漏水 水");
}
