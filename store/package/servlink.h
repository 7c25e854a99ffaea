/*
 * A SERVLINK: what differs in one component, as a tarball, written in the order in which
 * view_diff() finds it, with the lines MANIFEST has about it (docs/servlink.md).
 *
 * Used by one thread. After a failure only servlink_free() is useful.
 */
#ifndef STORE_PACKAGE_SERVLINK_H
#define STORE_PACKAGE_SERVLINK_H

#include "store/package/manifest.h"
#include "store/tree/tree.h"

/* Where a SERVLINK has the inventory; no component has such a name. */
#define SERVLINK_APPLY_PREFIX ".APPLY/"

struct servlink;

/*
 * Begins a SERVLINK in file, which is empty; view is what the entries' b sides are in.
 * Lines for MANIFEST are appended to lines. None of the three is owned; all outlive it.
 */
int servlink_open(struct file *file, struct view *view, struct buffer *lines,
		  struct servlink **ret_servlink);
/*
 * Adds one difference in the component: the entries of view_diff() at the root of tree, in
 * their order, all of BUILD before any of APPLY. DIFF_TIMES is no difference. ret_bytes is
 * the file content that was written for it.
 */
int servlink_add(struct servlink *servlink, enum manifest_tree tree, const struct diff_entry *entry,
		 uint64_t *ret_bytes);
/* Ends it and stores the file. */
int servlink_close(struct servlink *servlink, uint64_t *ret_size, struct digest *ret_digest);
void servlink_free(struct servlink *servlink); /* NULL is legal */

#endif
