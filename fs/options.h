/*
 * The command line of csmfs, and that of mount(8) when it is called as mount.csmfs.
 */
#ifndef FS_OPTIONS_H
#define FS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "fs/role.h"

struct fuse_args;

struct options {
	char *store;        /* absolute */
	char *directory;    /* absolute; may be a dead mount */
	char release[4];    /* "": the only one */
	size_t cache_bytes; /* of the store */
	unsigned threads;   /* that serve requests */
	bool foreground, debug;
	bool no_resend;     /* as if the kernel could not send requests again */
	bool is_helper;     /* called by mount(8) */
	bool fake;          /* mount -f: do everything but the mount */
	bool version, help; /* print it and end */
	const char *layout; /* hidden: end, with 0 when role_layout() is this; NULL: not asked */
	struct role role;   /* what of csmfs this process is */
	char *mount_options; /* for the kernel and libfuse, comma separated, without what csmfs adds */
};

/* The text of -h. */
extern const char options_usage[];

/*
 * Reads the arguments. 0, or -EINVAL with one line for a person in ret_message (freed by the
 * caller); -ENOMEM. ret_options is released by the caller in every case.
 */
int options_parse(int argc, char **argv, struct options *ret_options, char **ret_message);
void options_release(struct options *options);

/* What libfuse is given: mount_options and the defaults. 0 or -ENOMEM. ret_args is freed by the caller. */
int options_fuse_args(const struct options *options, bool is_root, struct fuse_args *ret_args);

#endif
