/*
 * The handover has the first bytes of each request that was being worked on, as the kernel sent
 * them: an operation, a node, and for changes of names a second node and one or two names.
 *
 * A name in DELTA is never told (fs/notify.c); the name in BUILD is, and what BUILD has there now. That
 * an inode lost one of several names is not known any more when the name is gone: the kernel then has
 * its old link count until it looks again.
 */
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

#include "fs/handover.h"
#include "fs/level_dir.h"
#include "fs/tree.h"
#include "fs/unanswered.h"

/* What is known of a request. Names are inside of its bytes, or NULL. */
struct unanswered {
	uint64_t node, other;        /* directories, or what was changed; other 0: there is none */
	const char *name, *new_name; /* in node, in other */
};

/* The text at an offset behind the header, if it ends there. */
static const char *text_at(const uint8_t *bytes, size_t size, size_t offset)
{
	const uint8_t *text = bytes + sizeof(struct fuse_in_header) + offset;

	if (sizeof(struct fuse_in_header) + offset >= size)
		return NULL;
	return memchr(text, 0, (size_t)(bytes + size - text)) ? (const char *)text : NULL;
}

/* The directory a rename goes to and the file a link is made of stand first in the body. */
static uint64_t second_node(const uint8_t *bytes, size_t size)
{
	uint64_t node = 0;

	if (size >= sizeof(struct fuse_in_header) + sizeof(node))
		memcpy(&node, bytes + sizeof(struct fuse_in_header), sizeof(node));
	return node;
}

static void parse_rename(const uint8_t *bytes, size_t size, size_t offset, struct unanswered *ret_unanswered)
{
	ret_unanswered->other = second_node(bytes, size);
	ret_unanswered->name = text_at(bytes, size, offset);
	if (ret_unanswered->name)
		ret_unanswered->new_name = text_at(bytes, size, offset + strlen(ret_unanswered->name) + 1);
}

/* False when the request changes nothing. */
static bool parse(const uint8_t *bytes, size_t size, struct unanswered *ret_unanswered)
{
	struct fuse_in_header header;

	if (size < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	*ret_unanswered = (struct unanswered){ .node = header.nodeid };
	switch (header.opcode) {
	case FUSE_UNLINK:
	case FUSE_RMDIR:
	case FUSE_SYMLINK:
		ret_unanswered->name = text_at(bytes, size, 0);
		return true;
	case FUSE_MKNOD:
		ret_unanswered->name = text_at(bytes, size, sizeof(struct fuse_mknod_in));
		return true;
	case FUSE_MKDIR:
		ret_unanswered->name = text_at(bytes, size, sizeof(struct fuse_mkdir_in));
		return true;
	case FUSE_CREATE:
		ret_unanswered->name = text_at(bytes, size, sizeof(struct fuse_create_in));
		return true;
	case FUSE_LINK:
		ret_unanswered->name = text_at(bytes, size, sizeof(struct fuse_link_in));
		ret_unanswered->other = second_node(bytes, size);
		return true;
	case FUSE_RENAME:
		parse_rename(bytes, size, sizeof(struct fuse_rename_in), ret_unanswered);
		return true;
	case FUSE_RENAME2:
		parse_rename(bytes, size, sizeof(struct fuse_rename2_in), ret_unanswered);
		return true;
	case FUSE_OPEN: /* it may have cut the file */
	case FUSE_SETATTR:
	case FUSE_WRITE:
	case FUSE_FALLOCATE:
	case FUSE_SETXATTR:
	case FUSE_REMOVEXATTR:
		return true;
	case FUSE_COPY_FILE_RANGE:
		if (size >= sizeof(header) + sizeof(struct fuse_copy_file_range_in))
			memcpy(&ret_unanswered->other,
			       bytes + sizeof(header) + offsetof(struct fuse_copy_file_range_in, nodeid_out),
			       sizeof(ret_unanswered->other));
		return true;
	default:
		return false;
	}
}

/* What the kernel may have kept of it: a directory of DELTA as BUILD shows it. */
static uint64_t kept_node(uint64_t id)
{
	struct node node;

	if (node_parse(id, &node) || node.kind != NODE_DELTA)
		return id;
	return node_id(NODE_TREE, node.owner, node.number);
}

static void note_level(struct call *call, uint64_t id)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;

	if (place_open(call->mount, id, &place) == 0 && place.node.kind == NODE_LEVEL && place.level)
		level_dir_note_content(call, &place);
}

static void note_name(struct call *call, uint64_t directory, const char *name)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct fuse_entry_param entry;

	if (!name)
		return;
	note_entry(&call->notes, directory, name);
	if (place_open(call->mount, directory, &place) == 0 && place_in_tree(&place) &&
	    tree_lookup(&place, name, &entry) == 0)
		note_content(&call->notes, entry.ino);
}

static void note_node(struct call *call, uint64_t id, const char *name)
{
	uint64_t node = kept_node(id);

	if (!id)
		return;
	note_name(call, node, name);
	note_content(&call->notes, node);
	note_level(call, id);
}

static void finish(struct notify_job *job, bool told)
{
	(void)told;
	free(job);
}

void unanswered_forget(struct mount *mount)
{
	struct call call = { .mount = mount };
	struct notify_job *job = calloc(1, sizeof(*job));

	for (size_t i = 0; i < HANDOVER_REQUESTS; i++) {
		struct handover_request *request = &mount->handover->head->requests[i];
		size_t size = request->size < HANDOVER_REQUEST ? (size_t)request->size : HANDOVER_REQUEST;
		struct unanswered unanswered;

		if (parse(request->bytes, size, &unanswered)) {
			note_node(&call, unanswered.node, unanswered.name);
			note_node(&call, unanswered.other, unanswered.new_name);
		}
		request->size = 0;
	}
	if (!job || !call.notes.first) {
		notes_release(&call.notes);
		free(job);
		return;
	}
	job->finish = finish;
	job->notes = call.notes;
	notifier_add(mount->notifier, job);
}
