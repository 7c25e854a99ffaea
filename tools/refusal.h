/*
 * Why an operation was refused, in the mount's own words: its control log has a line for
 * every refusal, with the rule and the way out.
 */
#ifndef TOOLS_REFUSAL_H
#define TOOLS_REFUSAL_H

#include <time.h>

/*
 * The newest line of a control log that refuses something about the level or the system
 * that name (a path in the mount, as "VM01" or "systems/vm01/test") belongs to, and is
 * not older than since. Without its time and uid: "lock VM01 refused LEVEL_STABLE: ...".
 * 0, -ENOENT when there is none, -ENOMEM. The caller frees.
 */
int refusal_find(const char *log, const char *name, time_t since, char **ret_reason);

#endif
