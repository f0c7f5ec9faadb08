/* device_account.h -- how the account of a device is written down, so that what an installer types is found when the device calls:
 * DC-09 accounts are 3-16 hexadecimal digits in capitals, addresses of GB/T 26875.3 are 12 of them, the highest first, filled
 * up with zeros. Other protocols: as it stands.
 * Faults: INVALID at `account`. Memory: the arena. Threading: pure functions. */
#ifndef WUXING_ENGINE_DEVICE_ACCOUNT_H
#define WUXING_ENGINE_DEVICE_ACCOUNT_H

#include "base/arena.h"
#include "base/fault.h"

struct str device_account(struct arena *, struct str protocol, struct str account);
void device_account_check(struct fault *, struct str protocol, struct str account);

#endif
