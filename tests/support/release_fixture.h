/*
 * A release in memory that can be closed and opened again, its systems, and a driver for
 * crashes: it runs one operation again and again, ends the process or the machine at the
 * n-th change of the engine, for every n, and asks after each whether the store shows
 * the old state or the new one as a whole.
 *
 * Levels are spoken of by name; a pointer from level_at() is borrowed from the table and
 * good until the level is deleted or the release is opened again.
 */
#ifndef TESTS_SUPPORT_RELEASE_FIXTURE_H
#define TESTS_SUPPORT_RELEASE_FIXTURE_H

#include "tests/support/tree_fixture.h"

#include "store/base/error.h"
#include "store/level/level.h"
#include "store/system/system.h"
#include "tests/support/engine_faulty.h"

#define TEST_UID 7

struct release_fixture {
	struct engine inner;          /* lives as long as the fixture */
	struct engine_faulty *faulty; /* NULL: inner is used as it is */
	struct chunks *chunks;
	struct trees *trees;
	struct filespace *filespace;
	struct systems *systems;
};

/* cmocka set-up and tear-down; *state is the struct release_fixture, release 720. */
int release_setup(void **state);
int release_teardown(void **state);
void release_reopen(struct release_fixture *fixture);
/* The rooms on the fixture's engine, inner or faulty. */
void release_open(struct release_fixture *fixture);
void release_close(struct release_fixture *fixture);

struct level *level_at(struct release_fixture *fixture, const char *name);
bool level_exists(struct release_fixture *fixture, const char *name);
struct level_info info_of(struct release_fixture *fixture, const char *name);
/* Adds a level based on parent ("BASE" needs no second step). */
void level_made(struct release_fixture *fixture, const char *name, const char *parent);
/* Writes text into file CP/name of the level's BUILD, making both when they are not there. */
void level_write(struct release_fixture *fixture, const char *level, const char *name,
		 const char *text);
/* The bytes of CP/name in the level's BUILD, "" when there is none; freed by the caller. */
char *level_read(struct release_fixture *fixture, const char *level, const char *name);
#define assert_content(fixture, level, name, text)                            \
	do {                                                                  \
		char *bytes_ = level_read((fixture), (level), (name));        \
		assert_string_equal(bytes_, (text));                          \
		free(bytes_);                                                 \
	} while (0)
/* Makes the component name, or finds it made; what that came to. */
int level_try_write(struct release_fixture *fixture, const char *level, const char *name);
/* Records a package of the level as it is now; its id is 32 times the byte mark. */
int level_pack(struct release_fixture *fixture, const char *level, const char *against,
	       uint8_t mark);
/* BASE locked (when it is not), the level packed against it and STABLE. */
void level_made_stable(struct release_fixture *fixture, const char *level);
int level_delete_at(struct release_fixture *fixture, const char *name);
/* The last line of the control log, without time; freed by the caller. */
char *last_log_line(struct release_fixture *fixture);

/* The system's record; the test fails when there is none. */
struct system_info system_at(struct release_fixture *fixture, const char *name);
/* The name of the level a link leads to, "" for none. */
const char *link_of(struct release_fixture *fixture, const char *system, enum system_link link);

struct crash_case {
	void (*prepare)(struct release_fixture *fixture);
	int (*act)(struct release_fixture *fixture);
	/* Exactly one of them is true after a crash; is_new when act returned 0. */
	bool (*is_old)(struct release_fixture *fixture);
	bool (*is_new)(struct release_fixture *fixture);
};
/* At every n-th change: the process ends; the power is cut; one call fails and the program goes on. */
void release_crash(const struct crash_case *crash);

#endif
