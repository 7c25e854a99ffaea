/*
 * Members of a SERVLINK: one inode of a view becomes one member of a tarball.
 *
 * All return 0 or a failure of the view or the tarball.
 */
#ifndef STORE_PACKAGE_MEMBER_H
#define STORE_PACKAGE_MEMBER_H

#include "store/package/tarball.h"

/*
 * The inode with everything a tar can say about it, under the name path. Not for sockets.
 * ret_digest is the SHA-256 of a regular file's bytes and is left alone for others.
 */
int member_write(struct tarball *tarball, struct view *view, const struct inode *inode,
		 const char *path, struct digest *ret_digest);
/* Another name of what the member first is. */
int member_write_hardlink(struct tarball *tarball, const struct inode *inode, const char *path,
			  const char *first);
/* A deletion, as overlayfs has it: a character device 0,0. */
int member_write_whiteout(struct tarball *tarball, const char *path);

#endif
