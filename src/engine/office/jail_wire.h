/* jail_wire.h -- inside the jail: what the caller, the helper and a decoder say to each other. One
 * machine, one binary: native integers. The caller sends a job and one end of a socket pair to the helper;
 * on that pair it sends `struct jail_ask`, name, bytes; the decoder answers `struct jail_answer` and its
 * payload and ends.
 * Payload of a picture: struct jail_picture_head, then main, thumb and the QR texts; of a sheet: struct
 * jail_sheet_head, a uint32_t length per cell, then the cells' text. */
#ifndef WUXING_ENGINE_OFFICE_JAIL_WIRE_H
#define WUXING_ENGINE_OFFICE_JAIL_WIRE_H

#include "engine/office/jail.h"

/* Sanitizers reserve terabytes of address space for their shadow: no limit on it then. */
#if defined(__SANITIZE_ADDRESS__)
#define JAIL_LIMITS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define JAIL_LIMITS_MEMORY 0
#endif
#endif
#ifndef JAIL_LIMITS_MEMORY
#define JAIL_LIMITS_MEMORY 1
#endif

enum jail_job { JAIL_PICTURE = 1, JAIL_SHEET, JAIL_PROBE };
enum { JAIL_NAME_BYTES_MAX = 1024, JAIL_WALL_SECONDS = 30, JAIL_CPU_SECONDS = 20, JAIL_PROBE_SECONDS = 1 };

struct jail_ask { uint32_t probe, name_bytes; uint64_t bytes; };
struct jail_answer { uint32_t why, unused; uint64_t bytes; };
struct jail_picture_head { int32_t width, height; uint32_t main_bytes, thumb_bytes, qr_count, qr_bytes[QR_FOUND_MAX]; };
struct jail_sheet_head { int32_t rows, cols; };

/* The helper's life; never returns. `control` delivers jobs and ends the helper when it is closed. */
_Noreturn void jail_helper(int control);
void *jail_filter_new(void);                 /* libseccomp's context; NULL if it cannot be built */
/* In a decoder: gives up everything. False if the kernel refuses a part that must hold. */
bool jail_lock(void *filter, enum jail_job);

#endif
