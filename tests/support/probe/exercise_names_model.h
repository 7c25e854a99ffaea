/*
 * A tree in memory, as a file system should have it: nodes, names, and the text both are told in.
 * Slow and simple: a look-up is a walk over all entries.
 */
#ifndef TESTS_SUPPORT_PROBE_EXERCISE_NAMES_MODEL_H
#define TESTS_SUPPORT_PROBE_EXERCISE_NAMES_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

enum {
	NODES = 160,
	ENTRIES = 400,
	XATTRS = 3,
	VALUE_MAX = 400,
	CONTENT_MAX = 320000,
	PATH_SIZE = 8192,
};

struct node {
	int names; /* 0: free; a directory has one */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	char *target;	/* symbolic links; owned */
	uint8_t *bytes; /* regular files: CONTENT_MAX, zeros from size on; owned */
	size_t size;
	ssize_t value_size[XATTRS]; /* -1: the node has none of this name */
	uint8_t value[XATTRS][VALUE_MAX];
};

struct entry {
	int dir; /* -1: free */
	int node;
	char name[256];
};

extern const char *const xattr_names[XATTRS]; /* sorted; the first is the one any kind may have */

extern struct node nodes[NODES]; /* 0 is the top */
extern struct entry entries[ENTRIES];

/* The entry of name in dir, or -1. */
int model_find(int dir, const char *name);
/* A free one, -1 when all are taken. */
int model_free_node(void);
int model_free_entry(void);
bool model_is_empty(int dir);
/* Is dir below above, or the same? */
bool model_is_below(int dir, int above);
/* What st_nlink should be. */
unsigned model_links(int node);
/* The path of a directory below the top, which is top. */
void model_path(const char *top, int dir, char ret_path[PATH_SIZE]);
/* Takes the name away, and the node with its last one. */
void model_unlink(int entry);

/* Makes the model of what is at top. Ends the program when that cannot be read. */
void model_load(const char *top);
/* A line for each name below the top, in an order that does not depend on who tells. */
void model_print(FILE *out);
/* The same of what is at top. is_timed: with times to the nanosecond, which the model has not. */
void tree_print(const char *top, bool is_timed, FILE *out);

#endif
