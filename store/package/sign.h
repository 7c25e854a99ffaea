/*
 * The store's Ed25519 key: it signs MANIFESTs, stock openssl checks them
 * (openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in MANIFEST -sigfile MANIFEST.sig).
 */
#ifndef STORE_PACKAGE_SIGN_H
#define STORE_PACKAGE_SIGN_H

#include "store/base/buffer.h"

#define SIGNATURE_SIZE 64

struct sign_key;

/* A new key that is in memory only. */
int sign_key_generate(struct sign_key **ret_key);
/* Makes a new key and writes it to path as PEM, mode 0600; -EEXIST when there is one. */
int sign_key_create(const char *path);
/* -ENOENT, -EINVAL when it is no Ed25519 private key. */
int sign_key_load(const char *path, struct sign_key **ret_key);
void sign_key_free(struct sign_key *key); /* NULL is legal */
static inline void cleanup_sign_key(struct sign_key **key)
{
	sign_key_free(*key);
}
/* The public key as PEM text. */
int sign_key_public(const struct sign_key *key, struct buffer *ret_pem);
int sign(const struct sign_key *key, struct slice message, uint8_t ret_signature[SIGNATURE_SIZE]);
/* 1 good, 0 not, negative failure. public_pem is a PEM public key. */
int sign_verify(struct slice public_pem, struct slice message, struct slice signature);

#endif
