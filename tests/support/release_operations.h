/*
 * Operations on levels, packages and systems for crash tests: a release with levels in every state and
 * a system with all its links, one way to do each operation to it, and what it shows as text.
 */
#ifndef TESTS_SUPPORT_RELEASE_OPERATIONS_H
#define TESTS_SUPPORT_RELEASE_OPERATIONS_H

#include "store/package/sign.h"
#include "tests/support/release_fixture.h"

enum { RELEASE_OPERATIONS = 20 };

struct release_operation {
	const char *name;
	int (*act)(struct release_fixture *release);
	const char *level, *system; /* what it needs, or NULL */
	bool is_edit;		    /* it need not be on disk when it returns */
};
extern const struct release_operation release_operations[RELEASE_OPERATIONS];

/*
 * Fills a new release: vm01 has run OLD, runs RUN and tests NEXT, all STABLE; PACKED, FILLED, SHUT and
 * EMPTY are in TEST and what their names say. signing is used by the operations, too.
 */
void release_prepare(struct release_fixture *release, const struct sign_key *signing);
/* Builds the level's package against BASE (against NULL) or another level. */
int release_package(struct release_fixture *release, const char *level, const char *against);
/* -ENOENT when what it needs is not there. */
int release_run(struct release_fixture *release, const struct release_operation *operation);
/*
 * Levels with settings, content and packages, and systems with links: two releases that show the same
 * have the same text. Freed by the caller. ret_packages may be NULL.
 */
char *release_text(struct release_fixture *release, size_t *ret_packages);

#endif
