/*
 * A tree room on the memory engine, with one space to write in, and the short calls that
 * tests are made of. Every call fails the test itself when it fails.
 */
#ifndef TESTS_SUPPORT_TREE_FIXTURE_H
#define TESTS_SUPPORT_TREE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/tree/tree.h"

struct tree_fixture {
	struct engine engine;
	struct chunks *chunks;
	struct trees *trees;
	struct space *space; /* on a root version of its own, id 16 */
};

/* cmocka set-up and tear-down; *state is the struct tree_fixture. */
int tree_fixture_setup(void **state);
int tree_fixture_teardown(void **state);

/* A new space on top of version tip (VERSION_NONE: a new root). */
struct space *fixture_space(struct tree_fixture *fixture, uint32_t id, version_id parent);
/* A new space that inherits what parent holds now. */
struct space *fixture_child(struct tree_fixture *fixture, uint32_t id, struct space *parent);

uint64_t fixture_mkdir(struct space *space, uint64_t dir, const char *name);
/* A file with content text ("" leaves it empty). */
uint64_t fixture_file(struct space *space, uint64_t dir, const char *name, const char *text);
void fixture_write(struct space *space, uint64_t number, uint64_t offset, const void *data,
		   size_t size);
/* The stored and unstored bytes of a file, NUL-terminated, freed by the caller. */
char *fixture_read(struct space *space, uint64_t number);
struct inode fixture_inode(struct space *space, uint64_t number);
/* The number at a path like "a/b/c" below INODE_BUILD; 0: nothing there. */
uint64_t fixture_path(struct space *space, const char *path);
struct digest fixture_digest(struct space *space);
/* fsck of the room finds nothing. */
void fixture_verify(struct tree_fixture *fixture);

#endif
