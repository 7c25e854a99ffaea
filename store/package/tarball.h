/*
 * A tarball being written into a file of a space: pax members in an LZ4 frame, through
 * libarchive, with every option fixed, so that equal members give equal bytes.
 *
 * Used by one thread. After a failure only tarball_free() is useful.
 */
#ifndef STORE_PACKAGE_TARBALL_H
#define STORE_PACKAGE_TARBALL_H

#include <archive_entry.h>

#include "store/tree/tree.h"

struct tarball;

/*
 * file is empty, is not owned and outlives the tarball. 0, -ENOMEM, or -EIO when
 * libarchive cannot do it.
 */
int tarball_open(struct file *file, struct tarball **ret_tarball);
/* A member begins; as many bytes as its size says follow through tarball_data(). */
int tarball_member(struct tarball *tarball, struct archive_entry *entry);
int tarball_data(struct tarball *tarball, const void *data, size_t size);
/*
 * Ends the frame and stores what was written. ret_size and ret_digest are those of the
 * whole file.
 */
int tarball_close(struct tarball *tarball, uint64_t *ret_size, struct digest *ret_digest);
void tarball_free(struct tarball *tarball); /* NULL is legal */

#endif
