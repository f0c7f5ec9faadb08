/* simulate.c -- the command `wuxing simulate care`; see simulate.h. */
#include "cli/simulate.h"

#include "base/json.h"
#include "cli/own.h"
#include "cli/run.h"

static void show_progress(void *cli, const char *what, int64_t done, int64_t total)
{
    cli_progress(cli, what, done < total ? done : total - 1, total);
}

static int64_t number(const struct cli *cli, const char *option, int64_t otherwise, bool *ok)
{
    const char *text = cli_value(cli, option);
    int64_t n = otherwise;
    if (text && (!str_to_i64(str_of(text), &n) || n < 1 || n > 100000000))
        *ok = false;
    return n;
}

static void print_json(struct cli *cli, const struct simulate_result *r, int64_t seed)
{
    struct json j = json_in(&cli->arena);
    json_obj(&j);
    json_key_int(&j, "seed", seed);
    json_key_int(&j, "presses", r->presses);
    json_key_int(&j, "packets", r->packets);
    json_key_int(&j, "alarms", r->alarms);
    json_key_int(&j, "rings", r->rings);
    json_key_int(&j, "claims", r->claims);
    json_key_int(&j, "restarts", r->restarts);
    json_key_int(&j, "clock_jumps", r->jumps);
    json_key_int(&j, "broker_outages", r->outages);
    json_key_int(&j, "closed", r->closed);
    json_key_int(&j, "simulated_hours", r->simulated / HOURS(1));
    json_key_int(&j, "longest_quiet_ms", r->longest_quiet);
    json_key_int(&j, "claim_p50_ms", r->claim_p50);
    json_key_int(&j, "claim_p99_ms", r->claim_p99);
    json_key_str(&j, "digest", arena_format(&cli->arena, "%016llx", (unsigned long long)r->digest));
    json_end(&j);
    cli_write(cli, json_done(&j));
    cli_write(cli, S("\n"));
}

int run_simulate_care(struct cli *cli)
{
    bool ok = true;
    struct fault fault = { 0 };
    struct simulate_result r = { 0 };
    int64_t seed = number(cli, "seed", 1, &ok), presses = number(cli, "presses", 2000, &ok);
    struct simulate_config config = { .dir = cli->data, .seed = (uint64_t)seed, .presses = presses, .progress = show_progress, .progress_arg = cli };
    if (!ok)
        return cli_fail(cli, (struct label)L("--seed 和 --presses 应为正整数", "--seed and --presses are whole numbers above 0"));
    if (!own_make_folder(cli))
        return 1;
    if (!simulate_care(&config, &r, &fault))
        return cli_fault(cli, &fault);
    cli_progress(cli, "simulate", presses, presses);
    if (cli->json) {
        print_json(cli, &r, seed);
        return 0;
    }
    cli_print(cli, "%lld presses in %lld packets were %lld alarms; none silent, none doubled, none lost\n", (long long)r.presses,
              (long long)r.packets, (long long)r.alarms);
    cli_print(cli, "%lld h of virtual time, %lld rings, %lld claims, %lld restarts, %lld clock jumps, %lld broker outages\n",
              (long long)(r.simulated / HOURS(1)), (long long)r.rings, (long long)r.claims, (long long)r.restarts, (long long)r.jumps,
              (long long)r.outages);
    cli_print(cli, "taken after p50 %lld s, p99 %lld s by people as slow as played; seed %lld digest %016llx\n", (long long)(r.claim_p50 / 1000),
              (long long)(r.claim_p99 / 1000), (long long)seed, (unsigned long long)r.digest);
    return 0;
}
