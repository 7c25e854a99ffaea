/*
 * Ed25519 through libcrypto, and nothing else of it: this file and store/chunk/digest.c
 * are the only ones that know libcrypto, so that its types and its error queue stop here.
 *
 * Ed25519 signatures are a function of key and message, without randomness: signing the
 * same MANIFEST again gives the same 64 bytes. libcrypto reports no reason worth passing
 * on: what it refuses is -EINVAL when it judged bytes of ours, -ENOMEM or -EIO otherwise.
 */
#include "store/package/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "store/base/cleanup.h"

#define KEY_FILE_MAX 16384 /* a PEM Ed25519 key has some 120 bytes */

struct sign_key {
	EVP_PKEY *pkey;
};

static void cleanup_pkey(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

static void cleanup_bio(BIO **bio)
{
	BIO_free_all(*bio);
}

static void cleanup_context(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static void cleanup_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Takes pkey over when it succeeds. */
static int key_wrap(EVP_PKEY **pkey, struct sign_key **ret_key)
{
	struct sign_key *key = calloc(1, sizeof(*key));

	if (!key)
		return -ENOMEM;
	key->pkey = take_pointer(pkey);
	*ret_key = key;
	return 0;
}

int sign_key_generate(struct sign_key **ret_key)
{
	_cleanup_(cleanup_pkey) EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (!pkey) {
		ERR_clear_error();
		return -EIO;
	}
	return key_wrap(&pkey, ret_key);
}

/* The bytes of a memory BIO go to the end of buffer. */
static int append_bio(BIO *bio, struct buffer *buffer)
{
	char *bytes = NULL;
	long size = BIO_get_mem_data(bio, &bytes);

	if (size <= 0)
		return -ENOMEM;
	buffer_add(buffer, bytes, (size_t)size);
	return buffer_failed(buffer) ? -ENOMEM : 0;
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t written = write(fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		at += written;
		size -= (size_t)written;
	}
	return 0;
}

/* The directory entry is on disk, too: a key that a crash takes away would end all checks. */
static int sync_directory_of(const char *path)
{
	_cleanup_free_ char *directory = strdup(path);
	_cleanup_(cleanup_descriptor) int fd = -1;
	char *slash;

	if (!directory)
		return -ENOMEM;
	slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = '\0';
	fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int write_key_file(const char *path, BIO *pem)
{
	_cleanup_(cleanup_descriptor) int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char *bytes = NULL;
	long size = BIO_get_mem_data(pem, &bytes);
	int r;

	if (fd < 0)
		return -errno;
	r = size > 0 ? write_all(fd, bytes, (size_t)size) : -ENOMEM;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0)
		r = sync_directory_of(path);
	if (r < 0)
		unlink(path);
	return r;
}

int sign_key_create(const char *path)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	/* Secure memory is wiped when freed: the private key leaves nothing behind. */
	_cleanup_(cleanup_bio) BIO *pem = BIO_new(BIO_s_secmem());
	int r = sign_key_generate(&key);

	if (r < 0)
		return r;
	if (!pem || PEM_write_bio_PrivateKey(pem, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	return write_key_file(path, pem);
}

/* A key with a passphrase is no key of ours: nobody is there to be asked for it. */
static int no_passphrase(char *passphrase, int size, int writing, void *context)
{
	(void)passphrase;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static int read_key_file(const char *path, uint8_t bytes[KEY_FILE_MAX], size_t *ret_size)
{
	_cleanup_(cleanup_descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (fd < 0)
		return -errno;
	while (size < KEY_FILE_MAX) {
		ssize_t got = read(fd, bytes + size, KEY_FILE_MAX - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += (size_t)got;
	}
	*ret_size = size;
	return size > 0 && size < KEY_FILE_MAX ? 0 : -EINVAL;
}

int sign_key_load(const char *path, struct sign_key **ret_key)
{
	uint8_t bytes[KEY_FILE_MAX];
	size_t size = 0;
	int r = read_key_file(path, bytes, &size);
	_cleanup_(cleanup_bio) BIO *pem = NULL;
	_cleanup_(cleanup_pkey) EVP_PKEY *pkey = NULL;

	if (r < 0)
		return r;
	pem = BIO_new_mem_buf(bytes, (int)size);
	if (!pem)
		return -ENOMEM;
	pkey = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
	explicit_bzero(bytes, sizeof(bytes));
	if (!pkey || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		ERR_clear_error();
		return -EINVAL;
	}
	return key_wrap(&pkey, ret_key);
}

void sign_key_free(struct sign_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

int sign_key_public(const struct sign_key *key, struct buffer *ret_pem)
{
	_cleanup_(cleanup_bio) BIO *pem = BIO_new(BIO_s_mem());

	buffer_clear(ret_pem);
	if (!pem || PEM_write_bio_PUBKEY(pem, key->pkey) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	return append_bio(pem, ret_pem);
}

int sign(const struct sign_key *key, struct slice message, uint8_t ret_signature[SIGNATURE_SIZE])
{
	_cleanup_(cleanup_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t size = SIGNATURE_SIZE;

	if (!context)
		return -ENOMEM;
	if (EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(context, ret_signature, &size, message.data, message.size) != 1 ||
	    size != SIGNATURE_SIZE) {
		ERR_clear_error();
		return -EIO;
	}
	return 0;
}

/* -EINVAL when the bytes are no Ed25519 public key. */
static int parse_public(struct slice public_pem, EVP_PKEY **ret_pkey)
{
	_cleanup_(cleanup_bio) BIO *pem = NULL;
	_cleanup_(cleanup_pkey) EVP_PKEY *pkey = NULL;

	if (public_pem.size == 0 || public_pem.size > INT_MAX)
		return -EINVAL;
	pem = BIO_new_mem_buf(public_pem.data, (int)public_pem.size);
	if (!pem)
		return -ENOMEM;
	pkey = PEM_read_bio_PUBKEY(pem, NULL, no_passphrase, NULL);
	if (!pkey || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		ERR_clear_error();
		return -EINVAL;
	}
	*ret_pkey = take_pointer(&pkey);
	return 0;
}

int sign_verify(struct slice public_pem, struct slice message, struct slice signature)
{
	_cleanup_(cleanup_pkey) EVP_PKEY *pkey = NULL;
	_cleanup_(cleanup_context) EVP_MD_CTX *context = NULL;
	int r = parse_public(public_pem, &pkey);

	if (r < 0)
		return r;
	if (signature.size != SIGNATURE_SIZE)
		return 0;
	context = EVP_MD_CTX_new();
	if (!context)
		return -ENOMEM;
	if (EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) != 1) {
		ERR_clear_error();
		return -EIO;
	}
	r = EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size);
	/* A signature that does not fit leaves a line in the error queue, which is no error. */
	ERR_clear_error();
	return r == 1;
}
