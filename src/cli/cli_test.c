/* cli_test.c -- the table, the parser and what is generated from the table. */
#include "cli/capture.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct capture c;

static void setup(void)
{
    capture_init(&c);
    unsetenv("WUXING_CONFIG");
}

TEST(wrong_usage_is_2_and_says_what_is_wrong)
{
    setup();
    CHECK_INT(RUN(&c, "sevre"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: no such command (see wuxing --help): sevre\n");
    CHECK_INT(RUN(&c, "dot"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: missing argument: KIND\nwuxing dot --help\n");
    CHECK_INT(RUN(&c, "dot", "report", "call"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: too many arguments: call\nwuxing dot --help\n");
    CHECK_INT(RUN(&c, "dot", "report", "--json"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: no such option: --json\nwuxing dot --help\n");
    CHECK_INT(RUN(&c, "token", "add", "--data", "/nowhere"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: missing option: --login\nwuxing token add --help\n");
    CHECK_INT(RUN(&c, "user", "list"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: missing option: --data\nwuxing user list --help\n");
    CHECK_INT(RUN(&c, "serve", "--listen"), 2);
    CHECK_INT(RUN(&c, "check", "--json=yes", "--data", "/nowhere"), 2);
    CHECK_STR(buf_str(&c.err), "wuxing: the option takes no value: --json=yes\nwuxing check --help\n");
    CHECK_INT(buf_str(&c.out).n, 0);
    capture_free(&c);
}

TEST(every_command_has_help_in_both_languages)
{
    setup();
    for (const struct command *command = commands; command->name; command++) {
        const char *words[8] = { "wuxing" };
        struct str rest = str_of(command->name), word;
        int n = 1;
        while (str_cut(&rest, ' ', &word))
            words[n++] = arena_z(&c.arena, word);
        words[n++] = "--help";
        CHECK_INT(capture_run(&c, words), 0);
        CHECK(str_has(buf_str(&c.out), str_of(command->about.en)));
        CHECK(str_starts(buf_str(&c.out), S("usage: wuxing ")));
        CHECK(command->about.zh && command->about.zh[0] && command->run);
        for (const struct option *o = command->options; o && o->name; o++)
            CHECK(str_has(buf_str(&c.out), str_of(o->name)) && o->about.zh[0] && o->about.en[0]);
        for (const struct command *other = commands; other < command; other++)
            CHECK(strcmp(other->name, command->name) != 0);
    }
    CHECK_INT(RUN(&c, "--help"), 0);
    CHECK(str_has(buf_str(&c.out), S("token add")));
    CHECK_INT(RUN(&c, "--version"), 0);
    CHECK_INT(RUN(&c, "token", "--help"), 0);
    CHECK(str_has(buf_str(&c.out), S("token end ID")) && !str_has(buf_str(&c.out), S("serve")));
    CHECK_INT(RUN(&c, "token"), 2);
    CHECK_INT(RUN(&c, "token", "--lang", "zh", "--help"), 0);
    CHECK(str_has(buf_str(&c.out), S("停用令牌")));
    capture_free(&c);
}

TEST(the_manual_and_the_completions_know_every_command)
{
    setup();
    CHECK_INT(RUN(&c, "man"), 0);
    struct str manual = buf_str(&c.out);
    for (const struct command *command = commands; command->name; command++)
        CHECK(str_has(manual, arena_format(&c.arena, ".Ic %s\n", command->name)));
    static const char *const shells[] = { "bash", "zsh", "fish" };
    for (size_t i = 0; i < COUNT(shells); i++) {
        CHECK_INT(RUN(&c, "completion", shells[i]), 0);
        CHECK(str_has(buf_str(&c.out), S("serve")) && str_has(buf_str(&c.out), S("tls-cert")));
    }
    CHECK_INT(RUN(&c, "completion", "csh"), 1);
    capture_free(&c);
}

/* --- settings ----------------------------------------------------------------------------------------------------------- */

static const char *write_config(const char *text)
{
    char *name = (char *)arena_copy(&c.arena, S("/tmp/wuxing-config-XXXXXX")).p;
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return name;
}

TEST(an_option_wins_over_environment_file_and_default)
{
    setup();
    const char *file = write_config("listen: 127.0.0.1:1\nworkers: 2\nlog: warn\n");
    setenv("WUXING_LISTEN", "127.0.0.1:2", 1);
    CHECK_INT(RUN(&c, "config", "check", "--config", file, "--tls-cert", "c", "--tls-key", "k", "--json"), 0);
    struct str out = buf_str(&c.out);
    CHECK(str_has(out, S("\"listen\":{\"value\":\"127.0.0.1:2\",\"from\":\"environment\"}")));
    CHECK(str_has(out, arena_format(&c.arena, "\"workers\":{\"value\":\"2\",\"from\":\"%s\"}", file)));
    CHECK(str_has(out, S("\"tls_key\":{\"value\":\"k\",\"from\":\"option\"}")));
    CHECK(str_has(out, S("\"database\":{\"value\":null,")));
    CHECK_INT(RUN(&c, "config", "check", "--config", file, "--listen", "127.0.0.1:3", "--json"), 0);
    CHECK(str_has(buf_str(&c.out), S("\"listen\":{\"value\":\"127.0.0.1:3\",\"from\":\"option\"}")));
    unsetenv("WUXING_LISTEN");
    unlink(file);
    capture_free(&c);
}

TEST(a_wrong_setting_is_named)
{
    setup();
    static const char *const wrong[][2] = {
        { "listen: nowhere\n", "setting listen has a wrong value: nowhere" },
        { "workers: 0\n", "setting workers has a wrong value: 0" },
        { "database: mysql://x\n", "setting database has a wrong value: mysql://x" },
        { "log: loud\n", "setting log has a wrong value: loud" },
        { "tls_cert: a.pem\n", "tls_cert and tls_key go together" },
        { "colour: red\n", "colour" },
        { "listen: [1, 2]\n", "Load" },
        { "listen: 'x\n", "" },
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *file = write_config(wrong[i][0]);
        CHECK_INT(RUN(&c, "config", "check", "--config", file), 1);
        CHECK(str_has(buf_str(&c.err), str_of(wrong[i][1])));
        unlink(file);
    }
    CHECK_INT(RUN(&c, "config", "check", "--config", "/nowhere/wuxing.yaml"), 1);
    capture_free(&c);
}

TEST(a_password_in_a_database_url_is_not_shown)
{
    setup();
    CHECK_INT(RUN(&c, "config", "check", "--database", "postgresql://wuxing:open-sesame@db/wuxing"), 0);
    CHECK(!str_has(buf_str(&c.out), S("sesame")));
    CHECK(str_has(buf_str(&c.out), S("postgresql://wuxing:***@db/wuxing")));
    capture_free(&c);
}

TEST(an_address_to_listen_on_is_split)
{
    static const struct { const char *text, *address; int port; } good[] = {
        { "127.0.0.1:8311", "127.0.0.1", 8311 }, { ":80", "0.0.0.0", 80 }, { "8311", "127.0.0.1", 8311 },
        { "[::1]:8443", "::1", 8443 }, { "0.0.0.0:0", "0.0.0.0", 0 },
    };
    static const char *const wrong[] = { "", ":", "host", "host:", "host:x", "host:65536", "host:-1" };
    const char *address;
    int port;
    setup();
    for (size_t i = 0; i < COUNT(good); i++) {
        CHECK(listen_split(&c.arena, str_of(good[i].text), &address, &port));
        CHECK_STR(str_of(address), good[i].address);
        CHECK_INT(port, good[i].port);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!listen_split(&c.arena, str_of(wrong[i]), &address, &port));
    capture_free(&c);
}
