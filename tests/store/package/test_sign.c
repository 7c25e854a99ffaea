/*
 * The key and its signatures. That stock openssl agrees is shown by
 * tests/mount/package/unpack-gives-build.sh.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "store/engine/engine.h"
#include "store/package/sign.h"

static char directory[] = "/tmp/test_sign.XXXXXX";
static char key_path[sizeof(directory) + 16];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(key_path, sizeof(key_path), "%s/key.pem", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(key_path);
	return rmdir(directory);
}

static int remove_key(void **state)
{
	(void)state;
	unlink(key_path);
	return 0;
}

static void write_file(const char *text)
{
	FILE *file = fopen(key_path, "we");

	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
}

static void sign__what_is_signed_verifies(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_public(key, &pem), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), signature), 0);
	assert_int_equal(sign_verify(buffer_slice(&pem), slice_text("MANIFEST"),
				     slice_of(signature, sizeof(signature))),
			 1);
}

static void sign__an_empty_message_can_be_signed(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_public(key, &pem), 0);
	assert_int_equal(sign(key, slice_of("", 0), signature), 0);
	assert_int_equal(sign_verify(buffer_slice(&pem), slice_of("", 0),
				     slice_of(signature, sizeof(signature))),
			 1);
}

static void sign__every_changed_bit_of_the_message_is_found(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];
	char message[] = "MANIFEST";

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_public(key, &pem), 0);
	assert_int_equal(sign(key, slice_text(message), signature), 0);
	for (unsigned bit = 0; bit < 8 * 8; bit++) {
		message[bit / 8] = (char)(message[bit / 8] ^ 1 << bit % 8);
		assert_int_equal(sign_verify(buffer_slice(&pem), slice_of(message, 8),
					     slice_of(signature, sizeof(signature))),
				 0);
		message[bit / 8] = (char)(message[bit / 8] ^ 1 << bit % 8);
	}
}

static void sign__a_changed_signature_is_found(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_public(key, &pem), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), signature), 0);
	for (size_t i = 0; i < sizeof(signature); i++) {
		signature[i] ^= 1;
		assert_int_equal(sign_verify(buffer_slice(&pem), slice_text("MANIFEST"),
					     slice_of(signature, sizeof(signature))),
				 0);
		signature[i] ^= 1;
	}
}

static void sign__a_signature_of_another_size_is_not_good(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE + 1] = { 0 };

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_public(key, &pem), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), signature), 0);
	for (size_t size = 0; size <= sizeof(signature); size++)
		assert_int_equal(sign_verify(buffer_slice(&pem), slice_text("MANIFEST"),
					     slice_of(signature, size)),
				 size == SIGNATURE_SIZE);
}

static void sign__another_key_does_not_verify(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	_cleanup_(cleanup_sign_key) struct sign_key *other = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign_key_generate(&other), 0);
	assert_int_equal(sign_key_public(other, &pem), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), signature), 0);
	assert_int_equal(sign_verify(buffer_slice(&pem), slice_text("MANIFEST"),
				     slice_of(signature, sizeof(signature))),
			 0);
}

static void sign__equal_messages_have_equal_signatures(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *key = NULL;
	uint8_t first[SIGNATURE_SIZE], second[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_generate(&key), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), first), 0);
	assert_int_equal(sign(key, slice_text("MANIFEST"), second), 0);
	assert_memory_equal(first, second, SIGNATURE_SIZE);
}

static void sign_verify__what_is_no_public_key_is_invalid(void **state)
{
	uint8_t signature[SIGNATURE_SIZE] = { 0 };
	static const char *const bad[] = {
		"",
		"x",
		"-----BEGIN PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sign_verify(slice_text(bad[i]), slice_text("MANIFEST"),
					     slice_of(signature, sizeof(signature))),
				 -EINVAL);
}

static void sign_verify__the_published_vector_of_rfc_8032_is_good(void **state)
{
	/* RFC 8032, 7.1, test 2: the message is one byte, 0x72. */
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
				  "-----END PUBLIC KEY-----\n";
	static const uint8_t signature[SIGNATURE_SIZE] = {
		0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f,
		0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76,
		0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99,
		0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae,
		0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00,
	};

	(void)state;
	assert_int_equal(sign_verify(slice_text(pem), slice_text("r"),
				     slice_of(signature, SIGNATURE_SIZE)),
			 1);
}

static void sign_key_create__the_loaded_key_signs_for_the_same_public_key(void **state)
{
	_cleanup_(cleanup_sign_key) struct sign_key *first = NULL;
	_cleanup_(cleanup_sign_key) struct sign_key *second = NULL;
	_cleanup_(cleanup_buffer) struct buffer pem = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(sign_key_create(key_path), 0);
	assert_int_equal(sign_key_load(key_path, &first), 0);
	assert_int_equal(sign_key_load(key_path, &second), 0);
	assert_int_equal(sign_key_public(first, &pem), 0);
	assert_int_equal(sign(second, slice_text("MANIFEST"), signature), 0);
	assert_int_equal(sign_verify(buffer_slice(&pem), slice_text("MANIFEST"),
				     slice_of(signature, sizeof(signature))),
			 1);
}

static void sign_key_create__the_file_is_for_its_owner_only(void **state)
{
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	assert_int_equal(sign_key_create(key_path), 0);
	umask(mask);
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void sign_key_create__an_existing_key_is_kept(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(sign_key_create(key_path), 0);
	assert_int_equal(stat(key_path, &before), 0);
	assert_int_equal(sign_key_create(key_path), -EEXIST);
	assert_int_equal(stat(key_path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_size, after.st_size);
}

static void sign_key_load__a_missing_file_is_enoent(void **state)
{
	struct sign_key *key = NULL;

	(void)state;
	assert_int_equal(sign_key_load(key_path, &key), -ENOENT);
	assert_null(key);
}

static void sign_key_load__what_is_no_key_is_invalid(void **state)
{
	struct sign_key *key = NULL;

	(void)state;
	write_file("");
	assert_int_equal(sign_key_load(key_path, &key), -EINVAL);
	write_file("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	assert_int_equal(sign_key_load(key_path, &key), -EINVAL);
	assert_null(key);
}

static void sign_key_load__a_key_of_another_kind_is_invalid(void **state)
{
	/* X25519, made with openssl genpkey: same curve, but it cannot sign. */
	static const char x25519[] =
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VuBCIEICgpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZH\n"
		"-----END PRIVATE KEY-----\n";
	struct sign_key *key = NULL;

	(void)state;
	write_file(x25519);
	assert_int_equal(sign_key_load(key_path, &key), -EINVAL);
	assert_null(key);
}

#define with_key_file(f) cmocka_unit_test_teardown(f, remove_key)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sign__what_is_signed_verifies),
		cmocka_unit_test(sign__an_empty_message_can_be_signed),
		cmocka_unit_test(sign__every_changed_bit_of_the_message_is_found),
		cmocka_unit_test(sign__a_changed_signature_is_found),
		cmocka_unit_test(sign__a_signature_of_another_size_is_not_good),
		cmocka_unit_test(sign__another_key_does_not_verify),
		cmocka_unit_test(sign__equal_messages_have_equal_signatures),
		cmocka_unit_test(sign_verify__what_is_no_public_key_is_invalid),
		cmocka_unit_test(sign_verify__the_published_vector_of_rfc_8032_is_good),
		with_key_file(sign_key_create__the_loaded_key_signs_for_the_same_public_key),
		with_key_file(sign_key_create__the_file_is_for_its_owner_only),
		with_key_file(sign_key_create__an_existing_key_is_kept),
		with_key_file(sign_key_load__a_missing_file_is_enoent),
		with_key_file(sign_key_load__what_is_no_key_is_invalid),
		with_key_file(sign_key_load__a_key_of_another_kind_is_invalid),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
