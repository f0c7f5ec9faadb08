/* commands.c -- the one table of commands. Texts: what the command does for whom, not how. */
#include "cli/run.h"

#define DATA_RIGHT \
    "The command goes to the server that uses the folder, or locks the folder itself."

static const struct option import_options[] = {
    { "preview", NULL, false, L("只预览，不写入", "only show what would happen") },
    { "sheet", "NAME", false, L("工作表的名称；默认第一个可见的", "the worksheet; the first visible one by default") },
    { "marked", "FILE", false, L("有误时把标注过的工作簿写到这里", "where the marked workbook goes when rows are wrong") },
    { "datum", "DATUM", false, L("GeoJSON 的坐标系：wgs84（默认）、gcj02、bd09", "of GeoJSON: wgs84, which is the default, gcj02 or bd09") },
    { "level", "LEVEL", false, L("GeoJSON 中新区域的级别；默认 grid", "the level of new areas of GeoJSON; grid by default") },
    { 0 },
};
static const struct option export_options[] = {
    { "from", "DAY", false, L("从这一天起登记的", "opened from this day on") },
    { "to", "DAY", false, L("到这一天为止", "opened until this day") },
    { "area", "ID", false, L("只要这个区域的", "of this area only") },
    { "level", "LEVEL", false, L("区域的级别；默认 grid", "the level of areas; grid by default") },
    { 0 },
};
static const struct option user_add_options[] = {
    { "name", "NAME", false, L("姓名；默认同账号", "the person's name; the login by default") },
    { "role", "ROLE", false, L("角色：admin、leader、clerk、duty、community、grid、dept、arbiter、auditor、kiosk、api",
                               "admin, leader, clerk, duty, community, grid, dept, arbiter, auditor, kiosk or api") },
    { "area", "CODE", false, L("角色管辖的区域（代码或编号）", "the area of the role, by code or id") },
    { "org", "CODE", false, L("所在单位（代码或编号）", "the organisation, by code or id") },
    { "stdin", NULL, false, L("从标准输入读取密码（第一行）；否则生成一个，首次登录须修改",
                              "the password is the first line of standard input; otherwise one is made that must be changed") },
    { 0 },
};
static const struct option password_options[] = {
    { "stdin", NULL, false, L("从标准输入读取密码（第一行）；否则生成一个，首次登录须修改",
                              "the password is the first line of standard input; otherwise one is made that must be changed") },
    { 0 },
};
static const struct option grant_options[] = {
    { "role", "ROLE", true, L("角色", "the role") },
    { "area", "CODE", false, L("管辖区域（代码或编号）", "its area, by code or id") },
    { "org", "CODE", false, L("单位（代码或编号）", "its organisation, by code or id") },
    { 0 },
};
static const struct option token_options[] = {
    { "login", "LOGIN", true, L("令牌代表的账号", "the account it stands for") },
    { "name", "NAME", false, L("用途", "what it is for") },
    { 0 },
};
static const struct option cert_options[] = {
    { "name", "HOST", true, L("手机访问时用的域名或 IP 地址", "the host name or address that phones use") },
    { 0 },
};

static const struct option broker_options[] = {
    { "port", "PORT", false, L("本机端口；默认 1883", "its port on this machine; 1883 by default") },
    { 0 },
};
static const struct option watch_options[] = {
    { "try", NULL, false, L("向每个渠道发一次试报，看一次服务器，然后退出", "send a test by every channel, look at the server once, and end") },
    { 0 },
};

static const struct option simulate_options[] = {
    { "seed", "N", false, L("随机种子；默认 1", "the seed; 1 by default") },
    { "presses", "N", false, L("按键次数；默认 2000", "how many keys are pressed; 2000 by default") },
    { 0 },
};

/* clang-format off */
const struct command commands[] = {
    { "serve", NULL, NULL, NEEDS_FOLDER | NEEDS_JAIL | SERVER_SETTINGS, L("启动服务", "serve until told to stop"),
      "Prints one line, ready http://ADDR:PORT, when it accepts requests.\n"
      "On SIGTERM or SIGINT it takes nothing new, finishes what it accepted, and exits 0.\n\n"
      "Under systemd it tells readiness and life (Type=notify, WatchdogSec).", run_serve, 0, 0 },
    { "init", NULL, NULL, NEEDS_FOLDER | HAS_JSON | SERVER_SETTINGS, L("建立空的数据目录，打印一次性设置链接", "make an empty installation and print its one-time set-up link"),
      "No account and no password exist until the link was used.", run_init, 0, 0 },
    { "demo", NULL, NULL, NEEDS_FOLDER | NEEDS_JAIL | HAS_JSON, L("建立演示街道并打印登录账号", "fill a demo street from a fixed seed and print its log-ins"),
      "Everything in it is invented, and every page and export says so.", run_demo, 0, 0 },
    { "import", "KIND FILE", import_options, NEEDS_STORE | NEEDS_JAIL | HAS_JSON, L("导入 .xlsx、.csv（UTF-8 或 GB18030），区域也可用 .geojson", "import a .xlsx or .csv (UTF-8 or GB18030), areas also a .geojson"),
      "Right rows are written, wrong rows are left out and named. Importing the same file twice changes nothing.\n\n"
      "Features of a GeoJSON file name an area by the property code; a new one has name and parent_code besides.\n" DATA_RIGHT, run_import, 2, 0 },
    { "template", "KIND FILE", NULL, NEEDS_STORE, L("生成导入模板（带下拉选项）", "write the workbook to fill in for an import"),
      NULL, run_template, 0, 2 },
    { "export", "KIND [FILE]", export_options, NEEDS_STORE, L("导出事项（.xlsx 或 .csv）或区域（.geojson）", "export matters (.xlsx or .csv) or areas (.geojson)"),
      "KIND is matters, areas, or one kind of matter. The form is that of FILE's name; without FILE, CSV on standard output. At most 20,000 matters go out at once.", run_export, 0, 2 },
    { "user add", "LOGIN", user_add_options, NEEDS_STORE | HAS_JSON, L("新增账号", "add an account"), DATA_RIGHT, run_user_add, 0, 0 },
    { "user list", NULL, NULL, NEEDS_STORE | HAS_JSON, L("列出账号", "list the accounts"), NULL, run_user_list, 0, 0 },
    { "user grant", "LOGIN", grant_options, NEEDS_STORE, L("给账号授予角色", "give an account a role"), NULL, run_user_grant, 0, 0 },
    { "user password", "LOGIN", password_options, NEEDS_STORE | HAS_JSON, L("重置密码，并结束其所有会话", "set a password and end the account's sessions"), NULL, run_user_password, 0, 0 },
    { "user disable", "LOGIN", NULL, NEEDS_STORE, L("停用账号", "disable an account"), NULL, run_user_disable, 0, 0 },
    { "user enable", "LOGIN", NULL, NEEDS_STORE, L("恢复账号", "enable an account again"), NULL, run_user_enable, 0, 0 },
    { "token add", NULL, token_options, NEEDS_STORE, L("生成接口令牌并只打印它", "make a bearer token and print nothing else"), NULL, run_token_add, 0, 0 },
    { "token list", NULL, NULL, NEEDS_STORE | HAS_JSON, L("列出令牌（不含内容）", "list the tokens, without their secrets"), NULL, run_token_list, 0, 0 },
    { "token end", "ID", NULL, NEEDS_STORE, L("停用令牌", "end a token"), NULL, run_token_end, 0, 0 },
    { "broker", NULL, broker_options, NEEDS_STORE, L("为本机的 Mosquitto 生成配置、账号和权限", "make configuration, accounts and rights for a local Mosquitto"),
      "Writes DIR/mqtt: mosquitto.conf, passwords (an account for each MQTT device: its account and its key; a device without a\n"
      "key gets one), acl (a device reaches its own topics only), password (the server's own). Run it again after adding devices." , run_broker, 0, 0 },
    { "press", "ACCOUNT [KIND]", NULL, NEEDS_STORE, L("替一台设备按键：用它自己的协议发到本机网关", "press a device's key: in its own protocol, to the port on this machine"),
      "It is a real signal of that device, and what follows from it follows. KIND is one of rules/signal_kinds.yaml; without it, what\n"
      "the device is for. Protocols: mqtt, http, watch, dc09, test. Prints the device's answer.", run_press, 0, 0 },
    { "backup", "FILE", NULL, NEEDS_STORE, L("在线备份到一个文件", "back up into one file, beside a running server"),
      "The file is a tar archive in zstd: the database, the contents of all files and a manifest. The master key is not in it:\n"
      "keep a copy of DIR/master.key elsewhere, once.", run_backup, 0, 1 },
    { "restore", "FILE", NULL, NEEDS_FOLDER | HAS_JSON, L("把备份恢复到空的数据目录", "restore a backup into a folder without data"),
      "Nothing is ever overwritten.", run_restore, 0, 0 },
    { "check", NULL, NULL, NEEDS_STORE | NEEDS_JAIL | HAS_JSON, L("核对履历链、封存、状态、数字和文件", "verify history chains, seals, states, figures and files"),
      "Exits 0 only if all hold.", run_check, 0, 0 },
    { "migrate", NULL, NULL, NEEDS_FOLDER | HAS_JSON, L("把数据升级到本版程序的结构", "bring the data to this program's structure"),
      "The server does the same when it starts. A database of a newer program is refused.", run_migrate, 0, 0 },
    { "rebuild search", NULL, NULL, NEEDS_STORE, L("从记录重建全文索引", "build the full-text index again from the records"),
      NULL, run_rebuild_search, 0, 0 },
    { "cert", NULL, cert_options, HAS_JSON | ON_FOLDER, L("生成本地证书和手机安装页", "make a local authority, a certificate and a page for phones"),
      "A phone on plain http has no offline work, microphone or notifications.\nThe authority is made once and kept; the certificate lasts 397 days.", run_cert, 0, 0 },
    { "watch", "FILE", watch_options, 0, L("守望另一台服务器，停了就告诉人", "watch a server from elsewhere and tell people when it has stopped"),
      "Looks every 15 s whether the server answers, writes, runs its clocks and hears its devices; tells people within 90 s\n"
      "by the channels of FILE, again every 10 minutes, and when it is over. It sends a sign of life as a device of its own,\n"
      "so that the server misses it too. See doc/operations.md and deploy/wuxing-watch.yaml.", run_watch, 1, 0 },
    { "simulate care", NULL, simulate_options, NEEDS_FOLDER | HAS_JSON, L("用虚拟时间演练几周的警情，查有无漏响", "play weeks of alarms in virtual time and look for one that goes silent"),
      "The folder must be empty; it is filled with a demo street whose elders press keys. Telephones and people are played, the server is\n"
      "restarted, its clock jumps, packets come late and twice. Ends with 1 and the seed at the first thing that must never be.\n"
      "The same seed plays the same weeks.", run_simulate_care, 0, 0 },
    { "routes", NULL, NULL, HAS_JSON, L("列出全部接口", "print every route: the API manual"), NULL, run_routes, 0, 0 },
    { "sql", NULL, NULL, HAS_JSON, L("列出全部 SQL 语句", "print every SQL statement the program can run"), NULL, run_sql, 0, 0 },
    { "dot", "KIND", NULL, 0, L("打印一种事项的状态图（Graphviz）", "print a kind's state graph for Graphviz"), NULL, run_dot, 0, 0 },
    { "config check", NULL, NULL, HAS_JSON | SERVER_SETTINGS, L("检查配置并显示每项的来源", "check the configuration and show where each value came from"), NULL, run_config_check, 0, 0 },
    { "man", NULL, NULL, 0, L("打印手册页", "print the manual page"), NULL, run_manual, 0, 0 },
    { "completion", "SHELL", NULL, 0, L("打印命令补全：bash、zsh、fish", "print the completion of bash, zsh or fish"), NULL, run_completion, 0, 0 },
    { 0 },
};
/* clang-format on */
