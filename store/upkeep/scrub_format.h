/*
 * The bytes of what a scrub keeps: where it is, so that it goes on there, and what it found.
 * docs/format.md "Scrub" says the same as tables, tests/format/scrub.hex pins it.
 *
 *   u s          the state of the scrub
 *   u f number   a finding; numbers from 0 on
 *
 * Decoders are strict: what they do not know is -CSM_ROW_CORRUPT.
 */
#ifndef STORE_UPKEEP_SCRUB_FORMAT_H
#define STORE_UPKEEP_SCRUB_FORMAT_H

#include <time.h>

#include "store/base/buffer.h"

#define SCRUB_PREFIX	   "u"
#define SCRUB_POSITION_MAX 1024
#define SCRUB_OBJECT_MAX   512
#define SCRUB_WHAT_MAX	   1024

enum scrub_status {
	SCRUB_NEVER = 0, /* not stored */
	SCRUB_RUNNING = 1,
	SCRUB_STOPPED = 2,
	SCRUB_FINISHED = 3,
};

struct scrub_state {
	enum scrub_status status;
	uint8_t part;			/* enum verify_part */
	uint64_t rate;			/* bytes a second, 0: without limit */
	struct timespec started, ended; /* zeros: not yet */
	uint32_t started_by;
	uint64_t chunks, bytes; /* looked at */
	uint64_t findings;	/* more than are kept, perhaps */
	uint8_t position[SCRUB_POSITION_MAX];
	size_t position_size;
};

struct scrub_finding {
	struct timespec found;
	uint32_t code; /* without its sign; 0: none */
	char object[SCRUB_OBJECT_MAX];
	char what[SCRUB_WHAT_MAX];
};

struct scrub_key {
	uint8_t bytes[6];
	size_t size;
};

static inline struct slice scrub_key_slice(const struct scrub_key *key)
{
	return slice_of(key->bytes, key->size);
}

void scrub_key_state(struct scrub_key *key);
void scrub_key_findings(struct scrub_key *key); /* prefix */
void scrub_key_finding(struct scrub_key *key, uint32_t number);

void scrub_state_encode(const struct scrub_state *state, struct buffer *ret_value);
int scrub_state_decode(struct slice value, struct scrub_state *ret_state);
void scrub_finding_encode(const struct scrub_finding *finding, struct buffer *ret_value);
int scrub_finding_decode(struct slice value, struct scrub_finding *ret_finding);

/* Is it one of the rows above? 0 or -CSM_ROW_CORRUPT. */
int scrub_row_check(struct slice key, struct slice value);

#endif
