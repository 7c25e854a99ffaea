/*
 * How long who reads in the background waits, so that others have the disk: arithmetic alone, the
 * clock is the caller's.
 */
#ifndef STORE_UPKEEP_PACE_H
#define STORE_UPKEEP_PACE_H

#include <stdint.h>

struct pace {
	uint64_t rate;	 /* bytes a second, 0: without limit */
	int64_t free_at; /* nanoseconds: until then what was read takes its time */
};

/* From now on at another rate; what was read before is not waited for any more. */
void pace_set(struct pace *pace, uint64_t rate, int64_t now);
/*
 * So many bytes were read: adds the time they take at the rate. Time in which nothing was read is
 * not saved up for later.
 */
void pace_add(struct pace *pace, uint64_t bytes, int64_t now);

#endif
