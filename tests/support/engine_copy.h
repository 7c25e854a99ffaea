/*
 * A copy of an engine, for tests that ruin one again and again and prepare it once.
 */
#ifndef TESTS_SUPPORT_ENGINE_COPY_H
#define TESTS_SUPPORT_ENGINE_COPY_H

#include "store/engine/engine.h"

/* All rows and blobs of from in a new engine in memory, the caller's to close. The test fails when it fails. */
void engine_copy(struct engine *from, struct engine *ret_engine);

#endif
