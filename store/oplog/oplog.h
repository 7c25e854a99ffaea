/*
 * The control log: one line for every control operation, also a refused one, kept in the
 * store, bounded, read as /.csmfs/log (behaviour 12).
 *
 * A line: 2026-11-24T22:05:07Z uid=0 lock VM010802_BLD2 ok
 *         2026-11-24T22:05:09Z uid=0 write VM010802_BLD2/BUILD refused LEVEL_LOCKED: the level is locked; unlock ...
 * docs/protocol.md documents it. Newlines and control characters in objects are written as \xNN.
 */
#ifndef STORE_OPLOG_OPLOG_H
#define STORE_OPLOG_OPLOG_H

#include "store/engine/engine.h"

#define OPLOG_LINES_MAX 10000
#define OPLOG_REFUSALS_AT_ONCE 200 /* of paths; then one a second */

struct oplog; /* thread-safe */

/* scope keeps the logs of several releases apart. kv is not owned. */
int oplog_open(struct kv *kv, uint32_t scope, struct oplog **ret_log);
void oplog_close(struct oplog *log);

/*
 * Adds one line: operation is one word, object what it was about, code 0 or the negative
 * code it ended with, detail (may be NULL) follows. A refusal equal to one of the last few,
 * but for its time, within one second is dropped; what was done is always a line.
 * A failure to write the log is never the operation's failure; it is counted only.
 */
void oplog_add(struct oplog *log, uint32_t uid, const char *operation, const char *object, int code,
	       const char *detail);
/*
 * The same for a refused operation on a path: no control operation, and anybody may try as many as
 * he likes. Those that are too many are counted in a line of their own, so that a refused
 * rsync does not push out who locked what.
 */
void oplog_add_refusal(struct oplog *log, uint32_t uid, const char *operation, const char *path,
		       int code);

/* All lines, oldest first, each with its newline. */
int oplog_text(struct oplog *log, struct buffer *ret_text);
/*
 * The lines that uid may read: root all; others those of what was done, and of refusals their own
 * alone, since a refusal may name a file in a directory that is closed to them.
 */
int oplog_text_for(struct oplog *log, uint32_t uid, struct buffer *ret_text);

#endif
