/*
 * Requests about directories. The names are taken in one go when reading starts (and again
 * when it starts over), so a reader neither misses nor repeats what stays while others come
 * and go. With readdirplus the attributes of a batch of names are asked for at once.
 *
 * Listings that change only by requests the kernel sees are kept by the kernel; DELTA and
 * what is outside of the trees is read again each time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/handle.h"
#include "fs/namespace.h"
#include "fs/ops.h"
#include "fs/tree.h"

#define BATCH	      64  /* names whose attributes are asked for at once */
#define PLUS_SIZE_MIN 160 /* bytes that a name with attributes takes at least */

/* ---- open and close ---- */

static int open_directory(struct call *call, fuse_ino_t node, struct fuse_file_info *info)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, node, &place);

	if (!err)
		err = handle_open(&place, &info->fh);
	if (!err && place.node.kind == NODE_TREE)
		info->cache_readdir = info->keep_cache = 1;
	return err;
}

static void op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_OPENDIR);
	int err = open_directory(&call, node, info);

	reply_open(&call, err, info);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_RELEASEDIR);

	(void)node;
	handle_close(call.mount, info->fh);
	reply_code(&call, 0);
}

static int sync_directory(struct mount *mount, fuse_ino_t node)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(mount, node, &place);

	if (err || !place_in_tree(&place))
		return err;
	return space_sync(place.space);
}

static void op_fsyncdir(fuse_req_t req, fuse_ino_t node, int data_only, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FSYNCDIR);

	(void)data_only;
	(void)info;
	reply_code(&call, sync_directory(call.mount, node));
}

/* ---- the names ---- */

struct collector {
	struct place *place;
	struct listing *listing;
};

static int collect(void *context, const char *name, uint64_t number, uint32_t type, bool whiteout)
{
	const struct collector *collector = context;

	listing_add(collector->listing, name, tree_node(collector->place, number, type, whiteout),
		    type);
	return 0;
}

/* Under the handle's lock. */
static int take_listing(struct place *place, struct handle *handle)
{
	struct collector collector = { .place = place, .listing = &handle->listing };
	int err;

	listing_release(&handle->listing);
	if (place_in_tree(place))
		err = tree_list(place, collect, &collector);
	else
		err = namespace_list(place, &handle->listing);
	if (!err)
		err = listing_sort(&handle->listing);
	handle->listed = !err;
	return err;
}

/* ---- filling the kernel's page ---- */

struct page {
	fuse_req_t req;
	struct place *place;
	const struct listing *listing;
	bool plus;
	char *data;
	size_t size, used;
};

/* False when the page is full. node 0 in entry: no attributes, the kernel asks when it wants them. */
static bool page_add(struct page *page, const char *name, uint64_t node, uint32_t type,
		     uint64_t next, struct fuse_entry_param *entry)
{
	size_t left = page->size - page->used, need;

	if (entry->ino == 0) {
		entry->attr.st_ino = node;
		entry->attr.st_mode = type;
	}
	if (page->plus)
		need = fuse_add_direntry_plus(page->req, page->data + page->used, left, name, entry,
					      (off_t)next);
	else
		need = fuse_add_direntry(page->req, page->data + page->used, left, name,
					 &entry->attr, (off_t)next);
	if (need > left)
		return false;
	page->used += need;
	return true;
}

static bool add_dots(struct page *page, uint64_t from)
{
	struct fuse_entry_param none = { 0 };
	uint64_t parent;

	if (from < LISTING_DOT &&
	    !page_add(page, ".", page->place->id, S_IFDIR, LISTING_DOT, &none))
		return false;
	if (from >= LISTING_DOTDOT)
		return true;
	if (place_parent(page->place, &parent))
		parent = page->place->id;
	none = (struct fuse_entry_param){ 0 };
	return page_add(page, "..", parent, S_IFDIR, LISTING_DOTDOT, &none);
}

/* Entries with what the kernel would ask for next. One that cannot be had goes without. */
static void batch_of_tree(struct page *page, size_t first, size_t count,
			  struct fuse_entry_param *ret_entries)
{
	_cleanup_free_ struct inode *inodes = calloc(BATCH, sizeof(*inodes));
	uint64_t numbers[BATCH];
	int codes[BATCH];
	struct window_entry found = { .whiteout = false };
	struct node node;

	if (!inodes)
		return;
	for (size_t i = 0; i < count; i++) {
		if (node_parse(page->listing->entries[first + i].node, &node))
			return;
		numbers[i] = node.number;
	}
	if (space_inodes(page->place->space, numbers, count, inodes, codes))
		return;
	for (size_t i = 0; i < count; i++) {
		if (codes[i])
			continue;
		found.inode = inodes[i];
		tree_entry(page->place, &found, &ret_entries[i]);
		ret_entries[i].entry_timeout = FOR_EVER;
	}
}

static void batch_by_name(struct page *page, size_t first, size_t count,
			  struct fuse_entry_param *ret_entries)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = listing_name(page->listing, &page->listing->entries[first + i]);
		double timeout;
		int err;

		if (place_in_tree(page->place))
			err = tree_lookup(page->place, name, &ret_entries[i]);
		else
			err = namespace_lookup(page->place, name, &ret_entries[i], &timeout);
		if (err)
			ret_entries[i] = (struct fuse_entry_param){ 0 };
	}
}

/* Not more than can fit: what does not fit is asked for again. */
static size_t batch_size(const struct page *page, size_t left)
{
	size_t fit = (page->size - page->used) / PLUS_SIZE_MIN + 1;

	if (left > BATCH)
		left = BATCH;
	return left < fit ? left : fit;
}

static void fill_page(struct page *page, uint64_t from)
{
	const struct listing *listing = page->listing;
	struct fuse_entry_param entries[BATCH];
	size_t next = listing_find(listing, from < LISTING_DOTDOT ? LISTING_DOTDOT : from);

	if (!add_dots(page, from))
		return;
	while (next < listing->count) {
		size_t count = batch_size(page, listing->count - next);

		memset(entries, 0, sizeof(entries));
		if (page->plus && page->place->node.kind == NODE_TREE)
			batch_of_tree(page, next, count, entries);
		else if (page->plus)
			batch_by_name(page, next, count, entries);
		for (size_t i = 0; i < count; i++) {
			const struct listing_entry *entry = &listing->entries[next + i];

			if (!page_add(page, listing_name(listing, entry), entry->node, entry->type,
				      entry->place, &entries[i]))
				return;
		}
		next += count;
	}
}

static int read_names(struct call *call, fuse_ino_t node, uint64_t from,
		      const struct fuse_file_info *info, struct page *page)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct handle *handle;
	int err = handle_find(call->mount, info->fh, node, &handle);

	if (!err)
		err = place_open(call->mount, node, &place);
	if (err)
		return err;
	page->data = malloc(page->size);
	if (!page->data)
		return -ENOMEM;
	WITH_MUTEX(&handle->lock);
	if (from == 0 || !handle->listed)
		err = take_listing(&place, handle);
	if (err)
		return err;
	if (from == 0 || !handle->counted)
		handle_listed(call->mount, handle);
	page->place = &place;
	page->listing = &handle->listing;
	fill_page(page, from);
	return 0;
}

static void reply_names(struct call *call, fuse_ino_t node, size_t size, off_t from,
			const struct fuse_file_info *info, bool plus)
{
	struct page page = { .req = call->req, .plus = plus, .size = size };
	int err = read_names(call, node, (uint64_t)from, info, &page);

	reply_bytes(call, err, page.data, page.used);
	free(page.data);
}

static void op_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t from,
		       struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_READDIR);

	reply_names(&call, node, size, from, info, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t from,
			   struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_READDIRPLUS);

	reply_names(&call, node, size, from, info, true);
}

void ops_directory(struct fuse_lowlevel_ops *ops)
{
	ops->opendir = op_opendir;
	ops->releasedir = op_releasedir;
	ops->fsyncdir = op_fsyncdir;
	ops->readdir = op_readdir;
	ops->readdirplus = op_readdirplus;
}
