/*
 * The log of a disk whose power can be cut: each change and each sync that a file system was
 * asked for, in order, as records in one file; and the tree that they make.
 *
 * A place in the log is a number of bytes. Whoever does something on the disk and looks at the size of
 * the log afterwards knows a place at which that was done; what a sync covered stands before it.
 * The bytes are those of this machine: a log does not outlive its test.
 */
#ifndef TESTS_SUPPORT_PROBE_POWER_LOG_H
#define TESTS_SUPPORT_PROBE_POWER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define POWER_ROOT 1 /* the node of the root directory */

enum power_kind {
	POWER_NODE = 1,	  /* node comes to be, with mode; it has no name yet */
	POWER_MODE = 2,	  /* node gets mode */
	POWER_ENTRY = 3,  /* directory node: name is other from now on */
	POWER_GONE = 4,	  /* directory node: there is no name any more */
	POWER_RENAME = 5, /* directory node: name becomes what stands behind its NUL */
	POWER_WRITE = 6,  /* file node: data at offset */
	POWER_SIZE = 7,	  /* file node: offset is its size */
	POWER_SYNC = 8,	  /* node: all before is on disk */
};

struct power_record {
	uint32_t kind, mode;
	uint64_t node, other, offset;
	uint32_t name_size, data_size; /* of what follows the record, NULs of names included */
};

struct power_entry {
	char *name;
	uint64_t node;
};

struct power_node {
	mode_t mode; /* 0: there is no such node */
	struct power_entry *entry;
	size_t entries;
	uint8_t *data;
	uint64_t size, room;
	unsigned links, opens;
};

/* Nodes are found by number; numbers are never given twice. */
struct power_tree {
	struct power_node *node;
	uint64_t count; /* also the next number */
	bool forgets;	/* the bytes of what has no name and is not open */
};

/* A tree with an empty root. Every function here ends the program when there is no memory. */
void power_tree_init(struct power_tree *tree);
struct power_node *power_tree_node(struct power_tree *tree, uint64_t number);
/* 0: no such name. */
uint64_t power_tree_find(struct power_tree *tree, uint64_t directory, const char *name);
/* Does to the tree what the record says. name and data are what follows it. */
void power_tree_apply(struct power_tree *tree, const struct power_record *record, const char *name,
		      const uint8_t *data);
/* Lets go of the bytes of a node that nobody can reach any more. */
void power_tree_forget(struct power_tree *tree, struct power_node *node);

/* A whole log in memory. The program ends when it cannot be read. */
struct power_log {
	const uint8_t *bytes;
	uint64_t size;
};
void power_log_load(const char *path, struct power_log *ret_log);
/*
 * The record at place, and the place behind it. False at the end, and where the rest is less
 * than a record.
 */
bool power_log_next(const struct power_log *log, uint64_t *place, struct power_record *ret_record,
		    const char **ret_name, const uint8_t **ret_data);
/* Appends to the file in one write. The program ends when that fails. */
void power_log_append(int fd, const struct power_record *record, const char *name,
		      const uint8_t *data);

void power_die(const char *what) __attribute__((noreturn));

#endif
