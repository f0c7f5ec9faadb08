/* open311.h -- Open311 GeoReport v2 (STANDARDS.md section 6) over whatever module takes the reports of residents. */
#ifndef WUXING_HTTP_OPEN311_H
#define WUXING_HTTP_OPEN311_H

#include "http/http.h"

/* Turns w->fault into Open311's errors, in the format of the path (.json, else XML). */
void open311_fault(struct work *);

#endif
