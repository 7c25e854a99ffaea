/*
 * SHA-256 through libcrypto's EVP, which uses the processor's SHA instructions where it
 * has them. Every chunk that is written or read passes here, so the method is fetched
 * once for the program and each thread keeps one context: fetching it each time costs as
 * much as hashing a kilobyte.
 *
 * A digest names bytes for ever. When libcrypto cannot compute one (it has no memory, or no
 * SHA-256) there is no value to go on with: a wrong name would be wrong data later. The
 * program ends, and what was acknowledged is on disk.
 */
#include "store/chunk/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"

struct hasher {
	EVP_MD_CTX *context;
};

static EVP_MD *method;         /* immutable after method_once */
static pthread_key_t contexts; /* EVP_MD_CTX of each thread */
static pthread_once_t method_once = PTHREAD_ONCE_INIT;

static void need(bool done, const char *what)
{
	if (done)
		return;
	log_line(LOG_LEVEL_ERROR, "libcrypto: %s failed, cannot compute SHA-256", what);
	abort();
}

static void free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static void fetch_method(void)
{
	method = EVP_MD_fetch(NULL, "SHA256", NULL);
	need(method != NULL, "fetch");
	need(pthread_key_create(&contexts, free_context) == 0, "thread key");
}

static const EVP_MD *sha256(void)
{
	pthread_once(&method_once, fetch_method);
	return method;
}

static EVP_MD_CTX *thread_context(void)
{
	EVP_MD_CTX *context = pthread_getspecific(contexts);

	if (context)
		return context;
	context = EVP_MD_CTX_new();
	need(context && pthread_setspecific(contexts, context) == 0, "context");
	return context;
}

static void finish(EVP_MD_CTX *context, struct digest *ret_digest)
{
	unsigned size = 0;

	need(EVP_DigestFinal_ex(context, ret_digest->bytes, &size) == 1 && size == DIGEST_SIZE,
	     "final");
}

struct digest digest_of(struct slice bytes)
{
	const EVP_MD *type = sha256();
	EVP_MD_CTX *context = thread_context();
	struct digest digest;

	need(EVP_DigestInit_ex2(context, type, NULL) == 1, "init");
	need(EVP_DigestUpdate(context, bytes.data, bytes.size) == 1, "update");
	finish(context, &digest);
	return digest;
}

const char *digest_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

void digest_text(const struct digest *digest, char ret_text[DIGEST_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		ret_text[2 * i] = digits[digest->bytes[i] >> 4];
		ret_text[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	ret_text[2 * DIGEST_SIZE] = '\0';
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int digest_parse(const char *text, struct digest *ret_digest)
{
	struct digest digest;

	if (strlen(text) != 2 * DIGEST_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = digit_value(text[2 * i]);
		int low = digit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		digest.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_digest = digest;
	return 0;
}

struct hasher *hasher_new(void)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = calloc(1, sizeof *hasher);

	if (!hasher)
		return NULL;
	hasher->context = EVP_MD_CTX_new();
	if (!hasher->context || EVP_DigestInit_ex2(hasher->context, sha256(), NULL) != 1)
		return NULL;
	return take_pointer(&hasher);
}

void hasher_add(struct hasher *hasher, const void *data, size_t size)
{
	need(EVP_DigestUpdate(hasher->context, data, size) == 1, "update");
}

void hasher_end(struct hasher *hasher, struct digest *ret_digest)
{
	finish(hasher->context, ret_digest);
}

void hasher_free(struct hasher *hasher)
{
	if (!hasher)
		return;
	EVP_MD_CTX_free(hasher->context);
	free(hasher);
}
