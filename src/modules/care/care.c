/* care.c -- the module's tables. See care.h. */
#include "modules/care/care.h"

static void tick(struct tx *tx, const struct who *who)
{
    (void)who;
    care_silent_tick(tx);
    care_family_tick(tx);
}

static const struct kind *const kinds[] = { &care_alarm_kind, &care_upkeep_kind, &care_outage_kind, &care_company_kind, NULL };
static const struct route *const tables[] = {
    care_elder_routes, care_consent_routes, care_alarm_routes, care_device_routes, care_family_routes, care_night_routes,
    care_export_routes, NULL,
};
static const struct importer *const importers[] = { &care_import_elders, NULL };
static const struct subscription on[] = {
    { "alarm", PHASE_DONE, care_on_alarm_end },   { "alarm", PHASE_VOID, care_on_alarm_end },
    { "upkeep", PHASE_DONE, care_on_upkeep_end }, { "upkeep", PHASE_VOID, care_on_upkeep_end },
    { "outage", PHASE_DONE, care_on_outage_end }, { 0 },
};
static const struct signal_told signals[] = {
    { "rescue", care_alarm_signal }, { "fire", care_alarm_signal }, { "gas", care_alarm_signal }, { "water", care_alarm_signal },
    { "fall", care_alarm_signal }, { "inactivity", care_alarm_signal }, { "call", care_alarm_signal },
    { "battery_low", care_fault_signal }, { "mains_fail", care_fault_signal }, { "link_fail", care_fault_signal },
    { "tamper", care_fault_signal }, { "fault", care_fault_signal }, { "offline", care_fault_signal },
    { "battery_ok", care_restore_signal }, { "mains_ok", care_restore_signal }, { "link_ok", care_restore_signal },
    { "restore", care_restore_signal }, { "online", care_restore_signal },
    { "test", care_test_signal }, { "cancel", care_info_signal }, { "info", care_info_signal }, { 0 },
};

extern const struct migration care_migrations[];
extern const struct module care;
const struct module care = {
    .name = "care", .label = L("云牵挂", "Care"), .kinds = kinds, .route_tables = tables, .migrations = care_migrations, .on = on,
    .figures = care_figures, .importers = importers, .tick = tick, .signals = signals, .erases = care_erases,
};
