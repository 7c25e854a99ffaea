/*
 * A reader is in debt after each read and waits until the debt is paid. So over any time it reads
 * no more than the rate and one read, whatever the size of the reads.
 */
#include "store/upkeep/pace.h"

#define SECOND_NS   1000000000u
#define DEBT_NS_MAX ((int64_t)3600 * SECOND_NS)

void pace_set(struct pace *pace, uint64_t rate, int64_t now)
{
	pace->rate = rate;
	pace->free_at = now;
}

void pace_add(struct pace *pace, uint64_t bytes, int64_t now)
{
	unsigned __int128 debt;

	if (pace->free_at < now)
		pace->free_at = now;
	if (!pace->rate)
		return;
	debt = (unsigned __int128)bytes * SECOND_NS / pace->rate;
	pace->free_at += debt < DEBT_NS_MAX ? (int64_t)debt : DEBT_NS_MAX;
}
