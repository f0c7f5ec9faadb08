/* gb26875.h -- GB/T 26875.3-2011: what fire alarm transmission devices (用户信息传输装置) and a monitoring centre say to each
 * other, read and written over slices. Implements the parts that STANDARDS 2 describes; conformance is not claimed.
 *   40 40 | serial 2 | version 2 | time 6 | source 6 | destination 6 | length 2 | command 1 | unit n | sum 1 | 23 23
 * Integers are little-endian. Bit 0 of a state word means "normal" when set and "test" when clear, and real alarms come
 * with it clear: it never hides another bit. A time that does not exist is no time, and no reason to refuse.
 * Units: ms UTC. Limits: 1,024 bytes a unit. Memory: slices of what was given; what is built, in the caller's arena.
 * Faults: none. Threading: pure functions. */
#ifndef WUXING_GATEWAYS_GB26875_H
#define WUXING_GATEWAYS_GB26875_H

#include "base/clock.h"

enum { GB_UNIT_BYTES_MAX = 1024, GB_FRAME_BYTES_MIN = 30, GB_FRAME_BYTES_MAX = GB_FRAME_BYTES_MIN + GB_UNIT_BYTES_MAX,
       GB_OBJECTS_MAX = 127 };
enum gb_command { GB_CONTROL = 1, GB_SEND, GB_CONFIRM, GB_REQUEST, GB_ANSWER, GB_DENY };
enum gb_type {
    GB_SYSTEM_STATE = 1, GB_PART_STATE, GB_PART_VALUE, GB_OPERATION, GB_SYSTEM_VERSION, GB_SYSTEM_SETUP, GB_PART_SETUP, GB_SYSTEM_TIME,
    GB_DEVICE_STATE = 21, GB_DEVICE_OPERATION = 24, GB_DEVICE_VERSION, GB_DEVICE_SETUP, GB_DEVICE_TIME = 28,
    GB_READ_SYSTEM_STATE = 61, GB_READ_DEVICE_STATE = 81, GB_INITIALISE = 89, GB_SET_CLOCK, GB_PATROL
};
enum gb_time { GB_TIME_AUTO, GB_TIME_BINARY, GB_TIME_BCD };          /* auto: the reading that exists and is nearest to now */

struct gb_frame {
    uint16_t serial;
    uint8_t version[2], time[6], command;
    uint64_t source, destination;
    struct str unit;
};
enum gb_cut { GB_MORE, GB_WHOLE, GB_BROKEN };
/* The next frame of a stream, wherever it begins. GB_BROKEN: head and end stand where they should and the sum is wrong; it is
 * given so that it can be denied. In all cases `ret_used` bytes are done with. */
enum gb_cut gb26875_cut(struct str bytes, struct gb_frame *ret_frame, size_t *ret_used);
struct str gb26875_frame(struct arena *, const struct gb_frame *);
/* Command 3 or 6 to what was heard: same serial and version, addresses exchanged. */
struct str gb26875_answer(struct arena *, const struct gb_frame *, enum gb_command, ms now, enum gb_time);

ms gb26875_ms(const uint8_t time[6], enum gb_time, ms now);           /* 0: does not exist */
enum gb_time gb26875_time_of(const uint8_t time[6], ms now);          /* the way this one is written: never auto */
void gb26875_time(ms at, enum gb_time, uint8_t ret_time[6]);          /* auto writes binary, as the standard says */
struct str gb26875_account(struct arena *, uint64_t address);         /* 12 hexadecimal digits, the highest first */
bool gb26875_address(struct str account, uint64_t *ret_address) MUST_USE;   /* 1-12 hexadecimal digits */
struct str gb26875_text(struct arena *, struct str bytes);            /* GB18030 without its padding; U+FFFD for what is not */

struct gb_object {
    uint8_t system, system_address, part, part_address[4];
    uint16_t state;                    /* 1, 2, 21 */
    uint8_t quantity, flags, operator;
    int16_t value;                     /* 3 */
    uint8_t version[2];                /* 5, 25 */
    struct str text;                   /* 2, 6, 7, 26: as sent */
    bool has_time;
    uint8_t time[6];
    uint8_t number;                    /* 64, 84: records; 91: minutes */
};
struct gb_unit { uint8_t type, said; int count; bool cut_short; };
/* `cut_short`: fewer whole objects than the unit says. False: no object at all, or a type that is not known here. */
bool gb26875_objects(struct str unit, struct gb_unit *ret_unit, struct gb_object ret_objects[GB_OBJECTS_MAX]) MUST_USE;
/* Zone and number of a part as vendors print them: "10-2". */
struct str gb26875_part(struct arena *, const struct gb_object *);

/* What a centre may ask for, as a unit: state of the device (81), its clock to `at` (90), patrol within `minutes` (91) ... */
struct str gb26875_unit(struct arena *, enum gb_type, uint8_t minutes, ms at, enum gb_time);

#endif
