/*
 * A store on disk with one space, for processes that die: each is a child of the test, opens what
 * the one before left, and kills itself or is killed. What it wrote and did not store is in memory
 * that outlives it.
 *
 * The test's own process never opens the store: RocksDB's threads would not survive its forks.
 */
#ifndef TESTS_SUPPORT_MORTAL_H
#define TESTS_SUPPORT_MORTAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/tree/file_internal.h"

/* In a child, where cmocka's words would reach nobody: ends it, and the test fails. */
#define MUST_BE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			_exit(99);                                                                 \
		}                                                                                  \
	} while (0)

struct mortal {
	char *directory, *path;
	int memory; /* for written bytes */
	/* of the child that has the store open */
	struct engine engine;
	struct chunks *chunks;
	struct trees *trees;
	struct space *space;
};

/* In the test. */
void mortal_init(struct mortal *mortal);
void mortal_release(struct mortal *mortal);
/* act(context) in a child; it does not return. */
pid_t mortal_begin(void (*act)(void *context), void *context);
/* The child ends by SIGKILL, or the test fails. */
void mortal_must_be_killed(pid_t pid);
/* Both, for one that kills itself. */
void mortal_must_die(void (*act)(void *context), void *context);

/* In a child. A new store; then each time as one that goes on for a process before it. */
void mortal_make(struct mortal *mortal);
void mortal_open(struct mortal *mortal);
/* As a child level seals its parent: with a record of where the space goes on. */
void mortal_seal(struct mortal *mortal);
void mortal_die(void) __attribute__((noreturn));
/* Dies at the n-th commit from now on (0: never), before it or after it. */
void mortal_die_at(struct mortal *mortal, unsigned n, bool after);
/* Commits since then. */
unsigned mortal_commits(void);

#endif
