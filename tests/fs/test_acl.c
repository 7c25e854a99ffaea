/*
 * POSIX ACLs as bytes: what they mean as permissions, what chmod makes of them, what a new
 * entry inherits. Expected values are those of acl(5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "fs/acl.h"

enum { OWNER = 1, USER = 2, GROUP = 4, NAMED_GROUP = 8, MASK = 16, OTHERS = 32 };

static void begin(struct buffer *acl)
{
	buffer_release(acl);
	buffer_le32(acl, 2);
}

static void add(struct buffer *acl, uint16_t tag, uint16_t permissions, uint32_t id)
{
	buffer_le16(acl, tag);
	buffer_le16(acl, permissions);
	buffer_le32(acl, id);
}

/* rw-, user 5 rwx, r--, mask ---- as given, others --- */
static void make_extended(struct buffer *acl, uint16_t mask)
{
	begin(acl);
	add(acl, OWNER, 6, UINT32_MAX);
	add(acl, USER, 7, 5);
	add(acl, GROUP, 4, UINT32_MAX);
	add(acl, MASK, mask, UINT32_MAX);
	add(acl, OTHERS, 0, UINT32_MAX);
}

static void make_minimal(struct buffer *acl, uint16_t owner, uint16_t group, uint16_t others)
{
	begin(acl);
	add(acl, OWNER, owner, UINT32_MAX);
	add(acl, GROUP, group, UINT32_MAX);
	add(acl, OTHERS, others, UINT32_MAX);
}

static uint16_t permissions_of(struct slice acl, size_t index)
{
	const uint8_t *bytes = acl.data;

	return (uint16_t)(bytes[4 + index * 8 + 2] | bytes[4 + index * 8 + 3] << 8);
}

/* ---- permissions ---- */

static void acl_permissions__of_an_extended_acl_have_the_mask_for_the_group(void **state)
{
	struct buffer acl = BUFFER_INIT;
	mode_t permissions;

	(void)state;
	make_extended(&acl, 5);
	assert_int_equal(acl_permissions(buffer_slice(&acl), &permissions), 0);
	assert_int_equal(permissions, 0650);
	buffer_release(&acl);
}

static void acl_permissions__of_a_minimal_acl_say_all_of_it(void **state)
{
	struct buffer acl = BUFFER_INIT;
	mode_t permissions;

	(void)state;
	make_minimal(&acl, 7, 5, 1);
	assert_int_equal(acl_permissions(buffer_slice(&acl), &permissions), 1);
	assert_int_equal(permissions, 0751);
	buffer_release(&acl);
}

static void acl_check__refuses_what_is_no_acl(void **state)
{
	struct buffer acl = BUFFER_INIT;

	(void)state;
	assert_int_equal(acl_check(slice_of("", 0)), -EINVAL);
	begin(&acl);
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	make_minimal(&acl, 7, 5, 1);
	assert_int_equal(acl_check(slice_of(acl.data, acl.size - 1)), -EINVAL);
	acl.data[0] = 3; /* version */
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	make_minimal(&acl, 8, 5, 1); /* no such permission */
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	make_minimal(&acl, 7, 5, 1);
	add(&acl, 64, 1, UINT32_MAX); /* no such tag */
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	buffer_release(&acl);
}

static void acl_check__refuses_named_users_without_a_mask(void **state)
{
	struct buffer acl = BUFFER_INIT;

	(void)state;
	make_minimal(&acl, 7, 5, 1);
	add(&acl, USER, 7, 5);
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	add(&acl, MASK, 7, UINT32_MAX);
	assert_int_equal(acl_check(buffer_slice(&acl)), 0);
	buffer_release(&acl);
}

static void acl_check__refuses_a_second_owner(void **state)
{
	struct buffer acl = BUFFER_INIT;

	(void)state;
	make_minimal(&acl, 7, 5, 1);
	add(&acl, OWNER, 7, UINT32_MAX);
	assert_int_equal(acl_check(buffer_slice(&acl)), -EINVAL);
	buffer_release(&acl);
}

/* ---- chmod ---- */

static void acl_chmod__changes_the_mask_and_leaves_the_group(void **state)
{
	struct buffer acl = BUFFER_INIT;
	mode_t permissions;

	(void)state;
	make_extended(&acl, 7);
	assert_int_equal(acl_chmod(&acl, 0711), 0);
	assert_int_equal(acl_permissions(buffer_slice(&acl), &permissions), 0);
	assert_int_equal(permissions, 0711);
	assert_int_equal(permissions_of(buffer_slice(&acl), 1), 7); /* user 5 */
	assert_int_equal(permissions_of(buffer_slice(&acl), 2), 4); /* the group */
	assert_int_equal(permissions_of(buffer_slice(&acl), 3), 1); /* the mask */
	buffer_release(&acl);
}

static void acl_chmod__of_a_minimal_acl_changes_the_group(void **state)
{
	struct buffer acl = BUFFER_INIT;

	(void)state;
	make_minimal(&acl, 7, 5, 1);
	assert_int_equal(acl_chmod(&acl, 0640), 0);
	assert_int_equal(permissions_of(buffer_slice(&acl), 1), 4);
	buffer_release(&acl);
}

/* ---- inheritance ---- */

static void acl_inherit__gives_a_file_the_acl_cut_by_its_mode(void **state)
{
	struct buffer acl = BUFFER_INIT;
	struct xattrs xattrs = XATTRS_INIT;
	mode_t mode = 0;

	(void)state;
	make_extended(&acl, 7);
	assert_int_equal(acl_inherit(buffer_slice(&acl), S_IFREG | 0644, &mode, &xattrs), 0);
	assert_int_equal(mode, S_IFREG | 0640); /* owner rw- of rw-, mask rwx cut to r--, others none */
	assert_int_equal(xattrs.count, 1);
	assert_string_equal(xattrs.list[0].name, ACL_ACCESS);
	assert_int_equal(xattrs.list[0].value.size, acl.size);
	assert_int_equal(permissions_of(xattrs.list[0].value, 1), 7); /* user 5 as it was */
	assert_int_equal(permissions_of(xattrs.list[0].value, 3), 4); /* the mask */
	xattrs_release(&xattrs);
	buffer_release(&acl);
}

static void acl_inherit__gives_a_directory_the_default_acl_too(void **state)
{
	struct buffer acl = BUFFER_INIT;
	struct xattrs xattrs = XATTRS_INIT;
	mode_t mode = 0;

	(void)state;
	make_extended(&acl, 7);
	assert_int_equal(acl_inherit(buffer_slice(&acl), S_IFDIR | 0755, &mode, &xattrs), 0);
	assert_int_equal(xattrs.count, 2);
	assert_string_equal(xattrs.list[0].name, ACL_ACCESS);
	assert_string_equal(xattrs.list[1].name, ACL_DEFAULT);
	assert_int_equal(xattrs.list[1].value.size, acl.size);
	assert_memory_equal(xattrs.list[1].value.data, acl.data, acl.size);
	xattrs_release(&xattrs);
	buffer_release(&acl);
}

static void acl_inherit__of_a_minimal_acl_is_permissions_alone(void **state)
{
	struct buffer acl = BUFFER_INIT;
	struct xattrs xattrs = XATTRS_INIT;
	mode_t mode = 0;

	(void)state;
	make_minimal(&acl, 7, 5, 0);
	assert_int_equal(acl_inherit(buffer_slice(&acl), S_IFREG | 0666, &mode, &xattrs), 0);
	assert_int_equal(mode, S_IFREG | 0640);
	assert_int_equal(xattrs.count, 0);
	xattrs_release(&xattrs);
	buffer_release(&acl);
}

static void acl_inherit__keeps_the_bits_that_are_no_permissions(void **state)
{
	struct buffer acl = BUFFER_INIT;
	struct xattrs xattrs = XATTRS_INIT;
	mode_t mode = 0;

	(void)state;
	make_extended(&acl, 7);
	assert_int_equal(acl_inherit(buffer_slice(&acl), S_IFDIR | 03777, &mode, &xattrs), 0);
	assert_int_equal(mode & (mode_t)~0777, S_IFDIR | 03000);
	xattrs_release(&xattrs);
	buffer_release(&acl);
}

static void acl_inherit__refuses_a_damaged_acl(void **state)
{
	struct xattrs xattrs = XATTRS_INIT;
	mode_t mode = 0;

	(void)state;
	assert_int_equal(acl_inherit(slice_of("damaged", 7), S_IFREG | 0644, &mode, &xattrs), -EINVAL);
	assert_int_equal(xattrs.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acl_permissions__of_an_extended_acl_have_the_mask_for_the_group),
		cmocka_unit_test(acl_permissions__of_a_minimal_acl_say_all_of_it),
		cmocka_unit_test(acl_check__refuses_what_is_no_acl),
		cmocka_unit_test(acl_check__refuses_named_users_without_a_mask),
		cmocka_unit_test(acl_check__refuses_a_second_owner),
		cmocka_unit_test(acl_chmod__changes_the_mask_and_leaves_the_group),
		cmocka_unit_test(acl_chmod__of_a_minimal_acl_changes_the_group),
		cmocka_unit_test(acl_inherit__gives_a_file_the_acl_cut_by_its_mode),
		cmocka_unit_test(acl_inherit__gives_a_directory_the_default_acl_too),
		cmocka_unit_test(acl_inherit__of_a_minimal_acl_is_permissions_alone),
		cmocka_unit_test(acl_inherit__keeps_the_bits_that_are_no_permissions),
		cmocka_unit_test(acl_inherit__refuses_a_damaged_acl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
