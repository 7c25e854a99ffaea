/*
 * The only place that opens a libarchive writer.
 *
 * Options are fixed because the bytes are the contract: one lz4 level and block size, no
 * padding behind the frame (the lz4 program calls that garbage), xattrs in the SCHILY
 * form alone, which GNU tar reads.
 *
 * libarchive asks the thread's locale what the bytes of a name mean. In a UTF-8 locale a
 * name that is UTF-8 is stored as it is; any other name is marked hdrcharset=BINARY, which
 * GNU tar restores exactly, with a warning. So the thread has C.UTF-8 while a header is
 * made: the daemon's own locale must not change the bytes of a package.
 */
#include "store/package/tarball.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include <archive.h>

#include "store/base/cleanup.h"

#define OPTIONS "pax:xattrheader=SCHILY,lz4:compression-level=1,lz4:block-size=7"

struct tarball {
	struct archive *archive; /* owned */
	locale_t locale;	 /* owned */
	struct file *file;	 /* the caller's */
	struct hasher *hasher;	 /* owned; of what was written */
	uint64_t size;		 /* written so far */
	int code;		 /* what writing to file failed with */
	bool ends;		 /* nothing is written any more */
};

static void cleanup_tarball(struct tarball **tarball)
{
	tarball_free(*tarball);
}

/*
 * A failure is remembered and libarchive does not learn of it: a writer that has failed is
 * never closed by libarchive, and then keeps its buffer for ever.
 */
static la_ssize_t write_out(struct archive *archive, void *context, const void *data, size_t size)
{
	struct tarball *tarball = context;

	(void)archive;
	if (tarball->ends)
		return -1;
	if (tarball->code == 0)
		tarball->code = file_write(tarball->file, tarball->size, data, size, false);
	hasher_add(tarball->hasher, data, size);
	tarball->size += size;
	return (la_ssize_t)size;
}

/* libarchive warns when it marks a name as bytes, which is meant to happen. */
static int check(const struct tarball *tarball, la_ssize_t result)
{
	if (tarball->code < 0)
		return tarball->code;
	if (result >= 0 || result == ARCHIVE_WARN)
		return 0;
	return archive_errno(tarball->archive) == ENOMEM ? -ENOMEM : -EIO;
}

static int configure(struct tarball *tarball)
{
	struct archive *archive = tarball->archive;

	if (archive_write_set_format_pax(archive) != ARCHIVE_OK ||
	    archive_write_add_filter_lz4(archive) != ARCHIVE_OK ||
	    archive_write_set_options(archive, OPTIONS) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(archive, BLOCK_SIZE) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK)
		return -EIO;
	return check(tarball, archive_write_open(archive, tarball, NULL, write_out, NULL));
}

int tarball_open(struct file *file, struct tarball **ret_tarball)
{
	_cleanup_(cleanup_tarball) struct tarball *tarball = calloc(1, sizeof(*tarball));
	int r;

	if (!tarball)
		return -ENOMEM;
	tarball->file = file;
	tarball->hasher = hasher_new();
	tarball->archive = archive_write_new();
	if (!tarball->hasher || !tarball->archive)
		return -ENOMEM;
	tarball->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!tarball->locale)
		return errno == ENOMEM ? -ENOMEM : -EIO;
	r = configure(tarball);
	if (r == 0)
		*ret_tarball = take_pointer(&tarball);
	return r;
}

int tarball_member(struct tarball *tarball, struct archive_entry *entry)
{
	locale_t before = uselocale(tarball->locale);
	int result = archive_write_header(tarball->archive, entry);

	uselocale(before);
	return check(tarball, result);
}

int tarball_data(struct tarball *tarball, const void *data, size_t size)
{
	la_ssize_t written = archive_write_data(tarball->archive, data, size);
	int r = check(tarball, written);

	/* Fewer bytes were taken: the member has more than its header said. */
	return r == 0 && (size_t)written != size ? -EIO : r;
}

int tarball_close(struct tarball *tarball, uint64_t *ret_size, struct digest *ret_digest)
{
	int r = check(tarball, archive_write_close(tarball->archive));

	if (r == 0)
		r = file_flush(tarball->file);
	if (r < 0)
		return r;
	hasher_end(tarball->hasher, ret_digest);
	*ret_size = tarball->size;
	return 0;
}

void tarball_free(struct tarball *tarball)
{
	if (!tarball)
		return;
	/* Closing gives the buffers back; that nothing can be written cuts it short. */
	tarball->ends = true;
	if (tarball->archive)
		archive_write_close(tarball->archive);
	archive_write_free(tarball->archive);
	if (tarball->locale)
		freelocale(tarball->locale);
	hasher_free(tarball->hasher);
	free(tarball);
}
