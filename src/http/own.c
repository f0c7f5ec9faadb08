/* own.c -- the one list of http's own route tables; a module's come with the module. */
#include "http/http.h"

const struct route *const own_routes[] = {
    session_routes, account_routes, matter_routes, list_routes, meta_routes, place_routes, figure_routes,
    job_routes, webhook_routes, import_routes, export_routes, event_routes, ops_routes, openapi_routes, paper_routes,
    open311_routes, install_routes, device_routes, device_told_routes, gateway_routes, person_routes, visit_routes, ring_routes, seat_routes, shift_routes, NULL,
};
