/*
 * The scrub: the check of a store that is in use, by a thread of its own that takes its time. It
 * does what fsck.csmfs does without repairs, and ends with a list of what is damaged.
 *
 * Where it is and what it found is kept in the store. One that was running when the store was
 * closed, or when the process died, goes on when it is opened again; at most the last few seconds
 * are done twice.
 */
#ifndef STORE_UPKEEP_SCRUB_H
#define STORE_UPKEEP_SCRUB_H

#include "store/store.h"

#define SCRUB_RATE_DEFAULT  (20u << 20) /* bytes a second */
#define SCRUB_RATE_MIN	    (64u << 10)
#define SCRUB_FINDINGS_KEPT 256

struct scrub; /* thread-safe */

/* The store and the log, which gets a line for each finding, are not owned. */
int scrub_open(struct store *store, struct oplog *oplog, struct scrub **ret_scrub);
/* Leaves off where it is. NULL is legal. */
void scrub_close(struct scrub *scrub);

/*
 * "start", "start rate=50M", "stop", "resume", "resume rate=50M" or "rate=50M", in any case;
 * rate=0 is without limit. Logged, and on disk when it returns. -CSM_VALUE_BAD,
 * -CSM_SCRUB_RUNNING (start), -CSM_SCRUB_NONE (resume and rate when there is nothing to go on
 * with). stop without a running scrub, and resume with one, succeed.
 */
int scrub_command(struct scrub *scrub, const char *words, uint32_t uid);

/* ':TAG.value' lines, docs/protocol.md: how far it is; and what it found, a record each. */
int scrub_text(struct scrub *scrub, struct buffer *ret_text);
int scrub_findings_text(struct scrub *scrub, struct buffer *ret_text);

/* Of the last run. */
struct scrub_stats {
	bool running;
	uint64_t chunks, bytes, findings;
};
void scrub_stats(struct scrub *scrub, struct scrub_stats *ret_stats);

#endif
