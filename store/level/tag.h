/*
 * Tables as text: records of ':TAG.value' lines, an empty line between records.
 *
 * A value is one line: control characters and the backslash become \xNN, so what a user
 * put into a description cannot make a tag of its own.
 */
#ifndef STORE_LEVEL_TAG_H
#define STORE_LEVEL_TAG_H

#include <time.h>

#include "store/base/buffer.h"

struct tag_text {
	struct buffer *buffer; /* not owned; the caller asks it for failure */
	bool begun;            /* a record was written before */
	bool knows_user;       /* user is uid's name: asked for once, not once a line */
	uint32_t uid;
	char user[33];
};

#define TAG_TEXT_INIT(buffer) { (buffer), false, false, 0, "" }

/* Starts a record with its key tag. */
void tag_begin(struct tag_text *text, const char *tag, const char *value);
void tag_add(struct tag_text *text, const char *tag, const char *value);
/* "mm/dd/yy.hh:mm:ss.userid" in UTC (behaviour 11), after "STATE." when state is not NULL. */
void tag_add_time(struct tag_text *text, const char *tag, const char *state,
		  const struct timespec *when, uint32_t uid);

#endif
