/*
 * A SHA-256 digest as a value, and a running SHA-256. libcrypto is used only here
 * and in store/package/sign.c.
 */
#ifndef STORE_CHUNK_DIGEST_H
#define STORE_CHUNK_DIGEST_H

#include "store/base/bytes.h"

#define DIGEST_SIZE 32
#define DIGEST_TEXT_SIZE 65 /* lower-case hex and NUL */

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

struct digest digest_of(struct slice bytes);
/* The version of libcrypto in use, in its own words. */
const char *digest_library(void);
void digest_text(const struct digest *digest, char ret_text[DIGEST_TEXT_SIZE]);
/* 0, or -EINVAL when text is not 64 hex digits. */
int digest_parse(const char *text, struct digest *ret_digest);

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

/* All zero bytes: stands for "no chunk", a hole. */
static inline bool digest_is_zero(const struct digest *d)
{
	static const struct digest zero;

	return digest_equal(d, &zero);
}

/* A running digest. new returns NULL without memory; end may be called once; free(NULL) is legal. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_add(struct hasher *hasher, const void *data, size_t size);
void hasher_end(struct hasher *hasher, struct digest *ret_digest);
void hasher_free(struct hasher *hasher);

static inline void cleanup_hasher(struct hasher **hasher)
{
	hasher_free(*hasher);
}

#endif
