/*
 * The parts of exercise_names: where it works, what it foretells, what it does.
 */
#ifndef TESTS_SUPPORT_PROBE_EXERCISE_NAMES_H
#define TESTS_SUPPORT_PROBE_EXERCISE_NAMES_H

#include <time.h>

#include "tests/support/probe/exercise_names_model.h"

enum { NAMES = 8 };

extern const char *top; /* the directory that is the model's top */
extern const char *const names[NAMES];

/* A place where something is or may be made. */
struct place {
	int dir, entry, node; /* entry -1: nothing is there; node too */
	const char *name;
	char path[PATH_SIZE];
};

/* One of names, now and then one of 255 bytes. */
const char *any_name(void);
int any_directory(void);
void place_at(int dir, const char *name, struct place *ret_place);
void any_place(struct place *ret_place);
/* Something that is there; false when nothing is. */
bool any_thing(struct place *ret_place);
mode_t any_mode(void);
uint32_t any_owner(void);
/* The model has no room for one more. */
bool is_full(void);

/* Wrong unless a call's result is 0 or more and wanted 0, or it failed with wanted. */
void expect(int result, int wanted, const struct place *place);
/* The attributes are those of the model. */
void check_stat(const struct place *place, const struct stat *stat);
struct timespec now(void);
/* What was changed has all its attributes, and a ctime not before the change began. */
void changed(int dir, const char *name, const struct timespec *begun);
/* A directory's own times moved with its names. */
void names_changed(int dir, const struct timespec *begun);

void do_create(void);
void do_mkdir(void);
void do_mknod(void);
void do_symlink(void);
void do_link(void);
void do_unlink(void);
void do_rmdir(void);
void do_rename(void);
void do_chmod(void);
void do_chown(void);
void do_utimens(void);
void do_setxattr(void);
void do_removexattr(void);
void do_write(void);
void do_truncate(void);
void do_read(void);
void do_write_unlinked(void);

#endif
