/* geojson.c -- the GeoJSON reader.
 * This exercises: limits of depth, size and range, tags of datums, every geometry; that what is taken is WKB that GEOS
 * reads, with coordinates inside the world, and that what is refused says why. */
#include "engine/area.h"

#include <assert.h>
#include <geos_c.h>
#include <math.h>
#include <stdlib.h>

static void quiet(const char *message, void *arg)
{
    (void)message;
    (void)arg;
}

static void check_wkb(struct str wkb)
{
    static GEOSContextHandle_t geos;
    if (!geos) {
        geos = GEOS_init_r();
        GEOSContext_setErrorMessageHandler_r(geos, quiet, NULL);
    }
    GEOSWKBReader *reader = GEOSWKBReader_create_r(geos);
    GEOSGeometry *g = GEOSWKBReader_read_r(geos, reader, (const unsigned char *)wkb.p, wkb.n);
    double x;
    assert(g);
    if (GEOSGeom_getXMax_r(geos, g, &x))
        assert(isfinite(x) && fabs(x) < 181);
    GEOSGeom_destroy_r(geos, g);
    GEOSWKBReader_destroy_r(geos, reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 1)
        return 0;
    struct arena a arena_scoped;
    struct fault fault = { 0 };
    struct geojson_feature *features = NULL;
    int64_t count = 0;
    arena_init(&a, 0);
    bool ok = geojson_read(&a, (struct str){ (const char *)bytes + 1, n - 1 }, (enum datum)(bytes[0] % 3), &features, &count, &fault);
    assert(ok == (fault.code == ERR_OK));
    for (int i = 0; i < fault.field_count; i++)
        assert(bad_message(&a, &fault.fields[i], i ? EN : ZH).n > 0);
    for (int64_t i = 0; ok && i < count; i++) {
        assert(str_utf8_ok(features[i].name) && str_utf8_ok(features[i].code) && str_utf8_ok(features[i].parent_code));
        assert(llabs(features[i].lat) <= 910000000 && llabs(features[i].lon) <= 1810000000);
        if (features[i].wkb.n > 0)
            check_wkb(features[i].wkb);
    }
    return 0;
}
