/*
 * A small tree, twice: as a model that is a table of names and obviously right, and in a
 * space of the tree room. Operations are applied to both; what the two show is one text.
 *
 * Content is told in units of SMALL_UNIT bytes, each one letter, so that a few letters are a
 * file of several blocks whose borders lie inside of units.
 */
#ifndef TESTS_SUPPORT_SMALL_TREE_H
#define TESTS_SUPPORT_SMALL_TREE_H

#include "tests/support/tree_fixture.h"

#define SMALL_UNIT     45000u /* three are more than a block */
#define SMALL_UNITS    10
#define SMALL_NAMES    20
#define SMALL_NAME_MAX 7

struct small_inode {
	int names; /* 0: free */
	uint32_t mode;
	char letters[SMALL_UNITS + 1]; /* '.' is a unit of zeros; of a symbolic link the target */
	char xattr[8];		       /* value of user.note, "" for none */
};

struct small_name {
	bool used;
	int dir; /* index of the directory's name, 0: the top */
	char name[SMALL_NAME_MAX + 1];
	int inode;
};

struct small_model {
	struct small_name name[SMALL_NAMES]; /* 0 is not used */
	struct small_inode inode[SMALL_NAMES];
};

enum small_kind {
	SMALL_CREATE,
	SMALL_MKDIR,
	SMALL_SYMLINK,
	SMALL_WRITE, /* count units from unit on become letter */
	SMALL_APPEND,
	SMALL_TRUNCATE, /* to unit units */
	SMALL_PUNCH,	/* count units from unit on become zeros */
	SMALL_RENAME,
	SMALL_EXCHANGE,
	SMALL_LINK,
	SMALL_UNLINK,
	SMALL_RMDIR,
	SMALL_CHMOD,
	SMALL_SETXATTR,
	SMALL_REMOVEXATTR,
	SMALL_COPY, /* what is at path, with all below it, to path to */
};

struct small_operation {
	enum small_kind kind;
	const char *path, *to; /* "d/f": at most two names */
	unsigned unit, count;
	char letter;
};

/* 0 or the refusal that the operation must end with; a refused one changes nothing. */
int small_model_apply(struct small_model *model, const struct small_operation *operation);
/* The same on the space: what it returns is the file system's own answer. */
int small_space_apply(struct space *space, const struct small_operation *operation);

/* A line for each name, in order; freed by the caller. */
char *small_model_text(const struct small_model *model);
/* The same of what a view shows. A byte that is not its unit's letter fails the test. */
char *small_view_text(struct view *view);

#endif
