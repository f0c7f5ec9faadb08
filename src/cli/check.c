/* check.c -- `wuxing check`: what must hold of the records, looked at from the records. It reads a snapshot and may run
 * beside a busy server. Each finding is one line; the command succeeds only when there is none. */
#include "cli/own.h"
#include "cli/run.h"

#include "engine/figure.h"
#include "engine/history.h"
#include "engine/keys.h"
#include "engine/office/jail_wire.h"

SQL(count_files, "select count(*) from file");
SQL(select_file_hashes, "select id, hash, coalesce(thumb_hash, '') from file where id > $1 order by id limit 200");

enum { SHOWN_MAX = 200 };

struct checking {
    struct cli *cli;
    struct json found;
    int64_t count, entries, files;
};

static void bad(void *arg, struct str what)
{
    struct checking *c = arg;
    if (c->count++ >= SHOWN_MAX)
        return;
    if (c->cli->json)
        json_str(&c->found, what);
    else
        cli_print(c->cli, STR_FMT "\n", STR_ARG(what));
}

static void check_tables(struct checking *c)
{
    struct str report = S("");
    if (!store_integrity(c->cli->engine->store, &c->cli->arena, &report))
        bad(c, arena_join(&c->cli->arena, S("database: "), report));
}

static void check_records(struct checking *c)
{
    struct cli *cli = c->cli;
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    cli_progress(cli, "history", 0, 0);
    history_check(tx->store, bad, c, &c->entries);
    cli_progress(cli, "figures", 0, 0);
    if (!tx_failed(tx))
        figure_check(tx, bad, c);
    if (tx_failed(tx))
        bad(c, arena_format(&cli->arena, "reading stopped: %s", err_wire(tx->fault.code)));
    read_end(tx);
}

static void check_blob(struct checking *c, int64_t file, struct str hash)
{
    struct arena arena;
    struct str bytes;
    struct fault fault = { 0 };
    uint8_t is[32], want[32];
    arena_init(&arena, 0);
    if (!blob_get(c->cli->engine->store, hash, &arena, &bytes, &fault)) {
        bad(c, arena_format(&c->cli->arena, "file %lld: its content is missing", (long long)file));
    } else {
        sha256(bytes, is);
        if (!str_hex(hash, want, sizeof want) || !bytes_equal(is, want, sizeof is))
            bad(c, arena_format(&c->cli->arena, "file %lld: its content was changed", (long long)file));
    }
    arena_free(&arena);
}

/* A page of names per snapshot: reading the contents must not keep one open. */
static int file_page(struct checking *c, struct arena *arena, int64_t *after, int64_t ids[], struct str hashes[], struct str thumbs[])
{
    int count = 0;
    struct tx *tx = read_begin(c->cli->engine->store, arena);
    struct rows rows = db_get(tx, select_file_hashes, IN(*after));
    while (count < 200 && db_row(&rows, OUT(&ids[count], &hashes[count], &thumbs[count])))
        *after = ids[count++];
    rows_end(&rows);
    read_end(tx);
    return count;
}

static void check_files(struct checking *c)
{
    struct cli *cli = c->cli;
    int64_t total = 0, after = 0, ids[200];
    struct str hashes[200], thumbs[200];
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    db_one(tx, count_files, IN(), OUT(&total));
    read_end(tx);
    for (int count = 1; count > 0;) {
        struct arena arena;
        arena_init(&arena, 0);
        count = file_page(c, &arena, &after, ids, hashes, thumbs);
        for (int i = 0; i < count; i++) {
            check_blob(c, ids[i], hashes[i]);
            if (thumbs[i].n)
                check_blob(c, ids[i], thumbs[i]);
            cli_progress(cli, "files", ++c->files, total);
        }
        arena_free(&arena);
    }
}

static void check_jail(struct checking *c)
{
    for (int probe = 0; probe < JAIL_PROBE_COUNT; probe++)
        if ((probe != JAIL_PROBE_MEMORY || JAIL_LIMITS_MEMORY) && !jail_holds((enum jail_probe)probe))
            bad(c, arena_format(&c->cli->arena, "jail: %s is possible inside the decoder", jail_probe_name((enum jail_probe)probe)));
}

int run_check(struct cli *cli)
{
    struct checking c = { .cli = cli, .found = json_in(&cli->arena) };
    json_list(&c.found);
    check_tables(&c);
    check_records(&c);
    check_files(&c);
    check_jail(&c);
    json_end(&c.found);
    if (cli->json) {
        struct json j = json_in(&cli->arena);
        json_obj(&j);
        json_key_bool(&j, "ok", c.count == 0);
        json_key_int(&j, "history_entries", c.entries);
        json_key_int(&j, "files", c.files);
        json_key_int(&j, "found", c.count);
        json_key(&j, "findings");
        json_raw(&j, json_done(&c.found));
        json_end(&j);
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    }
    if (c.count)
        return cli_fail_text(cli, arena_format(&cli->arena, cli->lang == ZH ? "发现 %lld 处问题" : "%lld findings", (long long)c.count));
    if (!cli->json)
        cli_print(cli, cli->lang == ZH ? "全部相符：履历 %lld 条，文件 %lld 个\n" : "all holds: %lld history entries, %lld files\n",
                  (long long)c.entries, (long long)c.files);
    return 0;
}
