/*
 * The table of virtual files. Their size is that of their text: the kernel reads no further.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/node.h"
#include "fs/package_dir.h"
#include "fs/protocol.h"
#include "fs/text.h"
#include "fs/version.h"
#include "fs/virtual.h"
#include "store/upkeep/scrub.h"

static int render_svcstat(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return filespace_svcstat(mount->filespace, ret_text);
}

static int render_sysstat(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return systems_sysstat(mount->systems, ret_text);
}

static int render_log(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	return oplog_text_for(filespace_oplog(mount->filespace), uid, ret_text);
}

static int render_metrics(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return metrics_text(mount, ret_text);
}

static int render_progress(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	package_dir_progress(mount, ret_text);
	return 0;
}

static int render_version(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	buffer_printf(ret_text, "csmfs %s\nformat %d\nrelease %s\nuuid %s\n", CSMFS_VERSION,
		      STORE_FORMAT_VERSION, filespace_release(mount->filespace),
		      mount->store->uuid);
	buffer_printf(ret_text, "protocol %u.%u\n", mount->protocol_major, mount->protocol_minor);
	version_libraries(ret_text);
	return 0;
}

static int render_key(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return mount->store->key ? sign_key_public(mount->store->key, ret_text) : 0;
}

static int render_scrub(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return scrub_text(mount->scrub, ret_text);
}

static int render_scrub_findings(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return scrub_findings_text(mount->scrub, ret_text);
}

/* The findings name files, also in directories that are closed to others. */
static const struct virtual table[] = {
	{ 1, FIXED_ROOT, PROTOCOL_SVCSTAT, 0444, false, render_svcstat },
	{ 2, FIXED_ROOT, PROTOCOL_SYSSTAT, 0444, false, render_sysstat },
	{ 3, FIXED_CONTROL, PROTOCOL_LOG, 0444, true, render_log },
	{ 4, FIXED_CONTROL, PROTOCOL_METRICS, 0444, false, render_metrics },
	{ 5, FIXED_CONTROL, PROTOCOL_PROGRESS, 0444, false, render_progress },
	{ 6, FIXED_CONTROL, PROTOCOL_VERSION, 0444, false, render_version },
	{ 7, FIXED_CONTROL, PROTOCOL_KEY, 0444, false, render_key },
	{ 10, FIXED_CONTROL, PROTOCOL_SCRUB, 0444, false, render_scrub },
	{ 11, FIXED_CONTROL, PROTOCOL_SCRUB_FINDINGS, 0400, false, render_scrub_findings },
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

const struct virtual *virtual_table(size_t *ret_count)
{
	*ret_count = TABLE_COUNT;
	return table;
}

const struct virtual *virtual_named(uint64_t directory, const char *name)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].directory == directory && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* In a node's number the user stands above the number of the file. */
#define USER_SHIFT 6
#define USER_MASK  0x7fffffffu

const struct virtual *virtual_of(const struct node *node)
{
	uint64_t number = (node->number & ((1u << USER_SHIFT) - 1)) - FIXED_VIRTUAL;

	if (node->kind != NODE_FIXED || node->number < FIXED_VIRTUAL ||
	    (node->number & FIXED_BACKUP))
		return NULL;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].number == number)
			return table[i].own || !(node->number >> USER_SHIFT) ? &table[i] : NULL;
	return NULL;
}

uint64_t virtual_node(const struct virtual *file, uint32_t uid)
{
	uint64_t user = file->own ? uid & USER_MASK : 0;

	return node_id(NODE_FIXED, 0, FIXED_VIRTUAL + file->number + (user << USER_SHIFT));
}

/* Some are control files as well. */
static mode_t mode_of(const struct virtual *file)
{
	const struct control *control =
		file->directory == FIXED_CONTROL ? control_named(CONTROL_ROOT, file->name) : NULL;

	return control && control->set ? 0644 : file->mode;
}

int virtual_stat(struct mount *mount, const struct node *node, struct stat *ret_stat)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	const struct virtual *file = virtual_of(node);
	int err = file ? file->render(mount, (uint32_t)(node->number >> USER_SHIFT), &text)
		       : -CSM_STALE;

	if (!err && buffer_failed(&text))
		err = -ENOMEM;
	if (err)
		return err;
	ret_stat->st_mode = S_IFREG | mode_of(file);
	ret_stat->st_nlink = 1;
	text_keep(mount, node_id(NODE_FIXED, 0, node->number), &text, ret_stat);
	return 0;
}
