/*
 * What a scrub is told, and what it tells: pure functions.
 */
#ifndef STORE_UPKEEP_SCRUB_WORDS_H
#define STORE_UPKEEP_SCRUB_WORDS_H

#include "store/engine/engine.h"
#include "store/upkeep/scrub_format.h"

enum scrub_verb { SCRUB_START = 1, SCRUB_STOP, SCRUB_RESUME, SCRUB_RATE };

struct scrub_words {
	enum scrub_verb verb;
	bool has_rate;
	uint64_t rate;
};

/* 0 or -CSM_VALUE_BAD. */
int scrub_words_parse(const char *text, struct scrub_words *ret_words);

void scrub_state_text(const struct scrub_state *state, struct buffer *ret_text);
/* All findings of the store. 0 or a failure. */
int scrub_findings_of(struct kv *kv, struct buffer *ret_text);

#endif
