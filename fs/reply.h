/*
 * A request and its answer. struct call is what a request brings; a body works on it and
 * returns a code; the operation then replies exactly once.
 *
 * Here alone a code becomes an errno, requests are counted, and refusals are logged.
 */
#ifndef FS_REPLY_H
#define FS_REPLY_H

#include "fs/mount.h"
#include "fs/notify.h"

struct place;

struct call {
	fuse_req_t req;
	struct mount *mount;
	uint32_t uid, gid;
	mode_t umask;
	struct notes notes;	/* what the kernel is told to forget before the reply */
	bool is_of_text;	/* the notes are about a text */
	struct request request; /* after call_changes() */
};

/* Starts the work on a request and counts it. */
struct call call_begin(fuse_req_t req, enum message message);
/*
 * The request changes what could not be changed twice: what it does is recorded with its number, and
 * request_is_done() is true when a worker before us did it. call stays where it is until the reply.
 */
void call_changes(struct call *call);
/*
 * What there is to do for an operation that must be on disk when it returns and that a worker before us
 * carried out: it may have died before the sync. 0, or why that fails.
 */
int call_carried_out(struct call *call);

/*
 * Gives code back; a refusal (a CSM code) is also put into the control log, once, with the
 * path of name in place (name NULL: place itself). Operations that log themselves are
 * not given here.
 */
int refusal(struct call *call, struct place *place, const char *operation, const char *name,
	    int code);

/* Replies: each ends the call, after what the notes say was told to the kernel. */
void reply_code(struct call *call, int code); /* 0: success without a value */
void reply_entry(struct call *call, int code, const struct fuse_entry_param *entry);
/* -ENOENT: the kernel remembers that there is no such name for timeout seconds. */
void reply_lookup(struct call *call, int code, const struct fuse_entry_param *entry,
		  double timeout);
/* The handle in info is closed again when the kernel does not want it any more. */
void reply_open(struct call *call, int code, const struct fuse_file_info *info);
void reply_attr(struct call *call, int code, const struct stat *stat, double timeout);
void reply_written(struct call *call, int code, size_t size);
void reply_bytes(struct call *call, int code, const void *data, size_t size);
/* As getxattr(2) and listxattr(2): room 0 asks for the size. */
void reply_value(struct call *call, int code, const struct buffer *value, size_t room);

#endif
