/*
 * Records to bytes and back, and what they do to a tree. The same code makes the tree
 * that is served and the tree that is left after a cut, so they differ in the records alone.
 */
#include "tests/support/probe/power_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

void power_die(const char *what)
{
	perror(what);
	exit(2);
}

static void *grown(void *memory, size_t size)
{
	void *more = realloc(memory, size);

	if (!more)
		power_die("memory");
	return more;
}

/* ---- the tree ---- */

static struct power_node *node_room(struct power_tree *tree, uint64_t number)
{
	if (number >= tree->count) {
		tree->node = grown(tree->node, (number + 1) * sizeof(*tree->node));
		memset(tree->node + tree->count, 0,
		       (number + 1 - tree->count) * sizeof(*tree->node));
		tree->count = number + 1;
	}
	return &tree->node[number];
}

void power_tree_init(struct power_tree *tree)
{
	*tree = (struct power_tree){ .node = NULL };
	node_room(tree, POWER_ROOT)->mode = S_IFDIR | 0755;
	tree->node[POWER_ROOT].links = 1;
}

struct power_node *power_tree_node(struct power_tree *tree, uint64_t number)
{
	struct power_node *node = number < tree->count ? &tree->node[number] : NULL;

	return node && node->mode ? node : NULL;
}

static struct power_entry *find_entry(struct power_node *directory, const char *name)
{
	for (size_t i = 0; i < directory->entries; i++)
		if (strcmp(directory->entry[i].name, name) == 0)
			return &directory->entry[i];
	return NULL;
}

uint64_t power_tree_find(struct power_tree *tree, uint64_t directory, const char *name)
{
	struct power_node *node = power_tree_node(tree, directory);
	struct power_entry *entry = node ? find_entry(node, name) : NULL;

	return entry ? entry->node : 0;
}

void power_tree_forget(struct power_tree *tree, struct power_node *node)
{
	if (!tree->forgets || node->links || node->opens)
		return;
	free(node->data);
	node->data = NULL;
	node->size = node->room = 0;
}

static void remove_entry(struct power_tree *tree, struct power_node *directory, const char *name)
{
	struct power_entry *entry = find_entry(directory, name);
	struct power_node *node;

	if (!entry)
		return;
	node = &tree->node[entry->node];
	free(entry->name);
	*entry = directory->entry[--directory->entries];
	node->links--;
	power_tree_forget(tree, node);
}

static void add_entry(struct power_tree *tree, struct power_node *directory, const char *name,
		      uint64_t number)
{
	remove_entry(tree, directory, name);
	directory->entry = grown(directory->entry,
				 (directory->entries + 1) * sizeof(*directory->entry));
	directory->entry[directory->entries].name = strdup(name);
	directory->entry[directory->entries].node = number;
	if (!directory->entry[directory->entries++].name)
		power_die("memory");
	tree->node[number].links++;
}

static void rename_entry(struct power_tree *tree, struct power_node *directory, const char *from)
{
	const char *to = from + strlen(from) + 1;
	struct power_entry *entry = find_entry(directory, from);

	/* what would be renamed may never have reached the disk */
	if (!entry || strcmp(from, to) == 0)
		return;
	add_entry(tree, directory, to, entry->node);
	remove_entry(tree, directory, from);
}

static void set_size(struct power_node *node, uint64_t size)
{
	if (size > node->room) {
		node->room = size < 4096 ? 4096 : size + size / 2;
		node->data = grown(node->data, node->room);
	}
	if (size > node->size)
		memset(node->data + node->size, 0, size - node->size);
	node->size = size;
}

static void write_data(struct power_node *node, const struct power_record *record,
		       const uint8_t *data)
{
	if (record->offset + record->data_size > node->size)
		set_size(node, record->offset + record->data_size);
	memcpy(node->data + record->offset, data, record->data_size);
}

void power_tree_apply(struct power_tree *tree, const struct power_record *record, const char *name,
		      const uint8_t *data)
{
	struct power_node *node = node_room(tree, record->node);

	switch ((enum power_kind)record->kind) {
	case POWER_NODE:
	case POWER_MODE:
		node->mode = record->mode;
		return;
	case POWER_ENTRY:
		add_entry(tree, node, name, record->other);
		return;
	case POWER_GONE:
		remove_entry(tree, node, name);
		return;
	case POWER_RENAME:
		rename_entry(tree, node, name);
		return;
	case POWER_WRITE:
		write_data(node, record, data);
		return;
	case POWER_SIZE:
		set_size(node, record->offset);
		return;
	case POWER_SYNC:
		return;
	}
}

/* ---- the log ---- */

void power_log_load(const char *path, struct power_log *ret_log)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		power_die(path);
	*ret_log = (struct power_log){ NULL, (uint64_t)st.st_size };
	if (st.st_size) {
		ret_log->bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (ret_log->bytes == MAP_FAILED)
			power_die(path);
	}
	close(fd);
}

bool power_log_next(const struct power_log *log, uint64_t *place, struct power_record *ret_record,
		    const char **ret_name, const uint8_t **ret_data)
{
	uint64_t rest = log->size - *place, size;

	if (rest < sizeof(*ret_record))
		return false;
	memcpy(ret_record, log->bytes + *place, sizeof(*ret_record));
	size = sizeof(*ret_record) + (uint64_t)ret_record->name_size + ret_record->data_size;
	if (rest < size)
		return false;
	*ret_name = (const char *)log->bytes + *place + sizeof(*ret_record);
	*ret_data = (const uint8_t *)*ret_name + ret_record->name_size;
	*place += size;
	return true;
}

void power_log_append(int fd, const struct power_record *record, const char *name,
		      const uint8_t *data)
{
	const struct iovec parts[] = {
		{ (void *)record, sizeof(*record) },
		{ (void *)name, record->name_size },
		{ (void *)data, record->data_size },
	};
	size_t size = sizeof(*record) + record->name_size + record->data_size;

	if (writev(fd, parts, 3) != (ssize_t)size)
		power_die("the log of the disk");
}
