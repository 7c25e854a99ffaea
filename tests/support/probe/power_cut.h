/*
 * What a disk has after its power was cut.
 */
#ifndef TESTS_SUPPORT_PROBE_POWER_CUT_H
#define TESTS_SUPPORT_PROBE_POWER_CUT_H

#include "tests/support/probe/power_log.h"

/*
 * What happens to changes that no sync has covered. A file's bytes are covered by a sync of the file,
 * the names in a directory by a sync of the directory, and by nothing else.
 *   lose    they are all gone
 *   keep    they are all there
 *   prefix  the first of them are there, the last of those perhaps in part
 *   any     of writes, each sector may be there or not; of names, the first changes of each directory
 */
enum power_loss { LOSS_LOSE, LOSS_KEEP, LOSS_PREFIX, LOSS_ANY, LOSS_UNKNOWN };
enum power_loss power_loss_of(const char *word);

/* The tree after a cut at a place of the log. */
void power_cut(const struct power_log *log, uint64_t place, enum power_loss loss, uint64_t seed,
	       struct power_tree *ret_tree);

#endif
