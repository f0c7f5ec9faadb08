/* mqtt_test.c -- the client with a real broker (Mosquitto) and Mosquitto's own clients as the devices: messages become
 * signals, nothing is confirmed before it is on disk, and what is delivered again is there once. */
#include "gateways/mqtt.h"
#include "test/office.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

SQL(count_signals, "select count(*) from signal where kind = $1");
SQL(count_strangers, "select count(*) from device_stranger");

struct harbour {
    struct office office;
    struct test_db *db;
    struct intake *intake;
    struct mqtt *mqtt;
    pid_t broker;
    int port;
};
static char pub[] = "mosquitto_pub", sub[] = "mosquitto_sub";

static void pause_ms(int n)
{
    nanosleep(&(struct timespec){ n / 1000, n % 1000 * 1000000L }, NULL);
}

static int free_port(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&name, n) == 0 && getsockname(fd, (struct sockaddr *)&name, &n) == 0);
    close(fd);
    return ntohs(name.sin_port);
}

static bool answers(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes = connect(fd, (struct sockaddr *)&name, sizeof name) == 0;
    close(fd);
    return yes;
}

/* It ends with this process, however that ends. */
static pid_t run(char **words, int out)
{
    pid_t parent = getpid(), pid = fork();
    CHECK(pid >= 0);
    if (pid)
        return pid;
    int null = open("/dev/null", O_RDWR);
    dup2(out >= 0 ? out : null, 1);
    dup2(null, 2);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        execvp(words[0], words);
    _exit(127);
}

static void start_broker(struct harbour *h, const char *more)
{
    const char *path = arena_format(&h->office.arena, "%s/mosquitto.conf", h->office.engine->dir).p;
    FILE *f = fopen(path, "w");
    CHECK(f && fprintf(f, "listener %d 127.0.0.1\n%s\nuser root\npersistence true\npersistence_location %s/\n", h->port, more,
                       h->office.engine->dir) > 0 && fclose(f) == 0);
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    h->broker = run((char *[]){ "mosquitto", "-c", (char *)path, NULL }, -1);
    while (!answers(h->port)) {
        CHECK(waitpid(h->broker, NULL, WNOHANG) == 0);                /* tools/install installs it */
        pause_ms(5);
    }
}

static void stop_broker(struct harbour *h)
{
    kill(h->broker, SIGTERM);
    waitpid(h->broker, NULL, 0);
}

static void put_device(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct device d = { .kind = S("button"), .protocol = S("mqtt"), .account = S("B1"), .area = o->courtyard };
    device_put(tx, &who_system, &d);
    d = (struct device){ .kind = S("smoke"), .protocol = S("mqtt"), .account = S("kitchen"), .area = o->courtyard };
    device_put(tx, &who_system, &d);
}

static void start_client(struct harbour *h, struct mqtt_settings settings)
{
    struct fault fault = { 0 };
    h->intake = intake_open(h->office.engine, &fault);
    CHECK(h->intake);
    settings.broker = settings.broker ? settings.broker : arena_format(&h->office.arena, "mqtt://127.0.0.1:%d", h->port).p;
    settings.client = "wuxing-test";
    settings.retry_ms_min = settings.retry_ms_max = 20;
    h->mqtt = mqtt_start(h->intake, &settings, &fault);
    CHECK(h->mqtt);
}

static void connected(struct harbour *h)
{
    while (!mqtt_gateway(h->mqtt)->peers)
        pause_ms(2);
}

static void harbour_open(struct harbour *h, struct test_db *db)
{
    office_open(&h->office, db);
    office_write(&h->office, put_device, &h->office);
    h->db = db;
    h->port = free_port();
    start_broker(h, "allow_anonymous true");
}

static void stop_client(struct harbour *h)
{
    mqtt_stop(h->mqtt);
    intake_close(h->intake);
}

static void harbour_close(struct harbour *h)
{
    stop_client(h);
    stop_broker(h);
    office_close(&h->office);
}

static int64_t number(struct harbour *h, const char *kind)
{
    int64_t n = 0;
    struct tx *tx = office_read(&h->office);
    CHECK(kind ? db_one(tx, count_signals, IN(kind), OUT(&n)) : db_one(tx, count_strangers, IN(), OUT(&n)));
    read_end(tx);
    return n;
}

static void await_number(struct harbour *h, const char *kind, int64_t wanted)
{
    while (number(h, kind) < wanted)
        pause_ms(2);
}

static void publish_as(struct harbour *h, const char *topic, const char *message, char *retain)
{
    char port[16];
    int status = -1;
    snprintf(port, sizeof port, "%d", h->port);
    pid_t pid = run((char *[]){ pub, "-h", "127.0.0.1", "-p", port, "-q", "1", "-t", (char *)topic, "-m", (char *)message, retain, NULL }, -1);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void publish(struct harbour *h, const char *topic, const char *message)
{
    publish_as(h, topic, message, NULL);
}

static struct str line_of(struct harbour *h, int fd)
{
    char text[400];
    size_t n = 0;
    while (n < sizeof text && read(fd, text + n, 1) == 1 && text[n] != '\n')
        n++;
    return arena_copy(&h->office.arena, (struct str){ text, n });
}

/* Another device that waits for its answer: subscribed when its first line has come. */
static pid_t listen_to(struct harbour *h, const char *topic, int *ret_fd)
{
    char port[16];
    int ends[2];
    snprintf(port, sizeof port, "%d", h->port);
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    publish_as(h, "ready", "here", "-r");
    pid_t pid = run((char *[]){ sub, "-h", "127.0.0.1", "-p", port, "-t", (char *)topic, "-t", "ready", NULL }, ends[1]);
    close(ends[1]);
    *ret_fd = ends[0];
    CHECK_STR(line_of(h, ends[0]), "here");
    return pid;
}

TEST_STORES(messages_become_signals_and_their_devices_are_answered)
{
    struct harbour h;
    int fd;
    harbour_open(&h, db);
    start_client(&h, (struct mqtt_settings){ 0 });
    connected(&h);
    pid_t listener = listen_to(&h, "wuxing/v1/+/ack", &fd);
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"rescue\",\"seq\":7}");
    CHECK_STR(line_of(&h, fd), "{\"seq\":\"7\",\"type\":\"rescue\",\"ok\":true}");
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"rescue\",\"seq\":7}");
    CHECK_STR(line_of(&h, fd), "{\"seq\":\"7\",\"type\":\"rescue\",\"ok\":true}");
    publish(&h, "wuxing/v1/B9/event", "{\"type\":\"rescue\",\"seq\":8}");
    CHECK_STR(line_of(&h, fd), "{\"seq\":\"8\",\"type\":\"rescue\",\"ok\":false,\"code\":\"not_found\"}");
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"rescue\"}");
    CHECK_STR(line_of(&h, fd), "{\"seq\":\"\",\"type\":\"rescue\",\"ok\":false,\"code\":\"invalid\"}");
    publish(&h, "wuxing/v1/B1/event", "help");
    CHECK_STR(line_of(&h, fd), "{\"seq\":\"\",\"type\":\"\",\"ok\":false,\"code\":\"malformed\"}");
    CHECK_INT(number(&h, "rescue"), 1);
    publish(&h, "zigbee2mqtt/kitchen", "{\"smoke\":true,\"battery_low\":true,\"linkquality\":90}");
    await_number(&h, "fire", 1);
    await_number(&h, "battery_low", 1);
    publish(&h, "zigbee2mqtt/kitchen", "{\"smoke\":true,\"battery_low\":true,\"linkquality\":91}");
    publish(&h, "zigbee2mqtt/B1", "{\"action\":\"emergency\"}");
    publish(&h, "zigbee2mqtt/B1", "{\"action\":\"emergency\"}");      /* pressed twice: two signals */
    await_number(&h, "rescue", 3);
    CHECK_INT(number(&h, "fire"), 1);
    CHECK(mqtt_gateway(h.mqtt)->frames >= 9 && mqtt_gateway(h.mqtt)->refused == 1 && mqtt_gateway(h.mqtt)->malformed == 2);
    CHECK(!mqtt_gateway(h.mqtt)->trouble);
    kill(listener, SIGTERM);
    waitpid(listener, NULL, 0);
    close(fd);
    harbour_close(&h);
}

TEST(a_broker_that_is_away_is_a_trouble_and_what_it_kept_comes_after)
{
    struct harbour h;
    struct test_db *db = test_db_open(false);
    harbour_open(&h, db);
    start_client(&h, (struct mqtt_settings){ 0 });
    connected(&h);
    CHECK(!mqtt_gateway(h.mqtt)->trouble);
    stop_broker(&h);
    while (!mqtt_gateway(h.mqtt)->trouble)
        pause_ms(2);
    CHECK_STR(str_of(mqtt_gateway(h.mqtt)->trouble->name), "broker_away");
    CHECK_INT(mqtt_gateway(h.mqtt)->trouble_since, h.office.clock.at);
    stop_client(&h);
    start_broker(&h, "allow_anonymous true");
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"rescue\",\"seq\":1}");     /* nobody is there: the session keeps it */
    start_client(&h, (struct mqtt_settings){ 0 });
    await_number(&h, "rescue", 1);
    harbour_close(&h);
    test_db_close(db);
}

/* --- a store that is away: nothing is confirmed ---------------------------------------------------------------------- */

static atomic_int trouble;             /* 1: refuse and let nothing be kept; 2, 3: die before or after the commit */
static bool unkept(struct engine *e, const struct signal_in *s, struct fault *fault)
{
    if (atomic_load(&trouble) == 2)
        kill(getpid(), SIGKILL);
    bool ok = intake_store_put(e, s, fault);
    if (atomic_load(&trouble) == 3)
        kill(getpid(), SIGKILL);
    return ok;
}

/* A process of its own takes the message and dies at the worst moment; the broker delivers it again to the next. */
static void die_taking(struct harbour *h, int when)
{
    int status = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        static const struct module *const none[] = { NULL };
        struct fault fault = { 0 };
        struct engine_config config = { .dir = h->db->dir, .url = h->db->url, .clock = &h->office.clock.clock, .modules = none };
        h->office.engine = engine_open(&config, &fault);
        CHECK(h->office.engine);
        h->intake = intake_open(h->office.engine, &fault);
        atomic_store(&trouble, when);
        intake_set_put(h->intake, unkept);
        struct mqtt_settings settings = { .client = "wuxing-test", .retry_ms_min = 20,
            .broker = arena_format(&h->office.arena, "mqtt://127.0.0.1:%d", h->port).p };
        h->mqtt = mqtt_start(h->intake, &settings, &fault);
        for (;;)
            pause_ms(1000);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void once_after_death(struct test_db *db, int when)
{
    static const struct module *const none[] = { NULL };
    struct harbour h;
    struct fault fault = { 0 };
    harbour_open(&h, db);
    start_client(&h, (struct mqtt_settings){ 0 });
    connected(&h);                                                   /* the broker knows the session from now on */
    stop_client(&h);
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"rescue\",\"seq\":1}");
    publish(&h, "zigbee2mqtt/kitchen", "{\"smoke\":true}");           /* without a number of its own */
    engine_close(h.office.engine);
    die_taking(&h, when);
    die_taking(&h, when == 2 ? 2 : 3);
    struct engine_config config = { .dir = h.db->dir, .url = h.db->url, .clock = &h.office.clock.clock, .modules = none };
    h.office.engine = engine_open(&config, &fault);
    CHECK(h.office.engine);
    h.office.clock.at += MINUTES(1);                                 /* what is made of the time must not differ */
    start_client(&h, (struct mqtt_settings){ 0 });
    await_number(&h, "rescue", 1);
    await_number(&h, "fire", 1);
    publish(&h, "wuxing/v1/B1/event", "{\"type\":\"meal\",\"seq\":2}");
    await_number(&h, "meal", 1);                                     /* all before it has come */
    CHECK_INT(number(&h, "rescue"), 1);
    CHECK_INT(number(&h, "fire"), 1);
    harbour_close(&h);
}

TEST_STORES(P1_a_message_survives_a_kill_before_the_commit_once)
{
    once_after_death(db, 2);
}

TEST_STORES(P1_a_message_survives_a_kill_after_the_commit_once)
{
    once_after_death(db, 3);
}

/* --- TLS and log-in --------------------------------------------------------------------------------------------------- */

static void run_to_end(char **words)
{
    int status = 1;
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    pid_t pid = run(words, -1);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void make_certificate(struct arena *a, const char *dir)
{
    char *key = (char *)arena_format(a, "%s/key.pem", dir).p, *cert = (char *)arena_format(a, "%s/cert.pem", dir).p;
    char *passwords = (char *)arena_format(a, "%s/pw", dir).p;
    run_to_end((char *[]){ "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                           "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", NULL });
    run_to_end((char *[]){ "mosquitto_passwd", "-b", "-c", passwords, "wuxing", "secret", NULL });
    run_to_end((char *[]){ "chmod", "644", key, cert, passwords, NULL });
}

TEST(tls_and_log_in_are_checked)
{
    struct harbour h;
    struct test_db *db = test_db_open(false);
    office_open(&h.office, db);
    office_write(&h.office, put_device, &h.office);
    h.db = db;
    h.port = free_port();
    const char *dir = h.office.engine->dir;
    struct arena *a = &h.office.arena;
    make_certificate(a, dir);
    start_broker(&h, arena_format(a, "cafile %s/cert.pem\ncertfile %s/cert.pem\nkeyfile %s/key.pem\npassword_file %s/pw", dir, dir, dir,
                                  dir).p);
    const char *ca = arena_format(a, "%s/cert.pem", dir).p, *broker = arena_format(a, "mqtts://localhost:%d", h.port).p;
    start_client(&h, (struct mqtt_settings){ .broker = broker, .user = "wuxing", .password = "secret", .ca = ca });
    connected(&h);
    stop_client(&h);
    static const struct { bool trusted, other_name; const char *password, *trouble; } wrong[] = {
        { true, false, "wrong", "broker_refused" }, { false, false, "secret", "broker_tls" }, { true, true, "secret", "broker_tls" } };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *to = wrong[i].other_name ? arena_format(a, "mqtts://127.0.0.1:%d", h.port).p : broker;
        start_client(&h, (struct mqtt_settings){ .broker = to, .user = "wuxing", .password = wrong[i].password,
                                                 .ca = wrong[i].trusted ? ca : NULL });
        while (strcmp(mqtt_gateway(h.mqtt)->trouble->name, wrong[i].trouble))
            pause_ms(2);
        stop_client(&h);
    }
    stop_broker(&h);
    office_close(&h.office);
    test_db_close(db);
}
