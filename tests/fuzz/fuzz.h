/*
 * What every fuzzer is: one function that takes any bytes. libFuzzer calls it with bytes it
 * invents (make fuzz), tests/fuzz/replay.c with the files of tests/fuzz/corpus (make check).
 *
 * Decoders have one duty besides refusing: what they accept is encoded again and must be the
 * bytes that were given, or, where a value has several forms, decode to the same value.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buffer.h"

/* libFuzzer's name for it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program as a crash does, which is what both drivers look for. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline void must_equal(struct slice a, struct slice b)
{
	MUST(a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0));
}

/* What encoding gave, against what was decoded; the buffer is released. */
static inline void must_be_again(struct slice given, struct buffer *again)
{
	MUST(!buffer_failed(again));
	must_equal(given, buffer_slice(again));
	buffer_release(again);
}

/* The input as a text; what follows a NUL is not seen. The caller frees. */
static inline char *text_of_input(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
