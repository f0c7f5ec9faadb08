/* tree.c -- the joined route table as a tree of path segments; literals are sorted and found by halving. A literal wins
 * over {id}, {id} over {name}; a branch that does not take the method is left for the next one. */
#include "http/http.h"

#include <assert.h>
#include <string.h>

struct node {
    struct str segment;
    struct node *literals;             /* sorted */
    int literal_count, literal_room;
    struct node *id, *name;
    const struct route *by[METHODS];
};
struct tree {
    struct arena *arena;
    struct node root;
};

struct tree *tree_new(struct arena *arena)
{
    struct tree *t = arena_new(arena, struct tree);
    t->arena = arena;
    return t;
}

static int place_of(const struct node *node, struct str segment, bool *ret_found)
{
    int low = 0, high = node->literal_count;
    while (low < high) {
        int middle = (low + high) / 2, order = str_cmp(node->literals[middle].segment, segment);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = false;
    return low;
}

static struct node *literal_child(struct tree *t, struct node *node, struct str segment)
{
    bool found;
    int at = place_of(node, segment, &found);
    if (found)
        return &node->literals[at];
    if (node->literal_count == node->literal_room) {
        int room = node->literal_room ? node->literal_room * 2 : 4;
        struct node *more = arena_array(t->arena, struct node, (size_t)room);
        if (node->literal_count)
            memcpy(more, node->literals, sizeof *more * (size_t)node->literal_count);
        node->literals = more;
        node->literal_room = room;
    }
    memmove(node->literals + at + 1, node->literals + at, sizeof *node * (size_t)(node->literal_count - at));
    node->literals[at] = (struct node){ .segment = segment };
    node->literal_count++;
    return &node->literals[at];
}

bool tree_add(struct tree *t, struct str path, const struct route *route)
{
    struct node *node = &t->root;
    struct str rest = path, segment;
    assert(rest.n && rest.p[0] == '/' && route->method >= GET && (int)route->method < METHODS);
    rest = str_from(rest, 1);
    while (str_cut(&rest, '/', &segment)) {
        if (str_is(segment, "{id}")) {
            node->id = node->id ? node->id : arena_new(t->arena, struct node);
            node = node->id;
        } else if (segment.n && segment.p[0] == '{') {
            node->name = node->name ? node->name : arena_new(t->arena, struct node);
            node = node->name;
        } else {
            node = literal_child(t, node, segment);
        }
    }
    if (node->by[route->method])
        return false;
    node->by[route->method] = route;
    return true;
}

struct walk {
    struct arena *arena;
    enum method method;
    struct found *found;
    int parts;
};

static bool number_of(struct str segment, int64_t *ret_id)
{
    return segment.n && segment.n < 17 && segment.p[0] != '-' && str_to_i64(segment, ret_id) && *ret_id > 0;
}

static void walk(struct walk *w, const struct node *node, struct str rest)
{
    struct str segment, text;
    int64_t id;
    bool literal;
    if (!str_cut(&rest, '/', &segment)) {
        for (int m = GET; m < METHODS; m++)
            w->found->allowed |= node->by[m] ? 1u << m : 0;
        w->found->route = node->by[w->method];
        return;
    }
    int at = place_of(node, segment, &literal);
    if (literal)
        walk(w, &node->literals[at], rest);
    if (!w->found->route && node->id && number_of(segment, &id)) {
        int64_t before = w->found->id;
        w->found->id = before ? before : id;
        walk(w, node->id, rest);
        if (!w->found->route)
            w->found->id = before;
    }
    if (!w->found->route && node->name && segment.n && percent_decode(w->arena, segment, false, &text) &&
        str_utf8_ok(text)) {
        assert(w->parts < (int)COUNT(w->found->part));
        w->found->part[w->parts++] = text;
        walk(w, node->name, rest);
        if (!w->found->route)
            w->found->part[--w->parts] = (struct str){ 0 };
    }
}

void tree_find(const struct tree *t, struct arena *arena, struct str path, enum method method, struct found *ret_found)
{
    struct walk w = { arena, method, ret_found, 0 };
    *ret_found = (struct found){ 0 };
    if (path.n && path.p[0] == '/' && method >= GET && (int)method < METHODS)
        walk(&w, &t->root, str_from(path, 1));
}
