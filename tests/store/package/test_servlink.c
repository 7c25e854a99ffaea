/*
 * SERVLINKs, written through package_build() and read by libarchive: what is in them, and
 * that unpacked over what the level is based on they give the level.
 */
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/package/acl.h"
#include "store/package/servlink.h"
#include "tests/support/package_fixture.h"

/* BASE with two components, locked; a level on it. */
struct servlink_test {
	struct package_fixture *fixture;
	struct level *level;
	struct space *space;
};

static int setup(void **state)
{
	struct servlink_test *test = calloc(1, sizeof(*test));
	void *fixture = NULL;
	struct space *base;

	assert_non_null(test);
	assert_int_equal(package_fixture_setup(&fixture), 0);
	test->fixture = fixture;
	{
		_cleanup_(cleanup_level) struct level *level = fixture_level(test->fixture, "BASE");

		base = fixture_level_space(level);
		fixture_put(base, "CP/bin/program", "program\n");
		fixture_put(base, "CP/lib/one", "part one\n");
		fixture_put(base, "CP/lib/two", "part two\n");
		fixture_put(base, "CP/lib/deep/er/three", "part three\n");
		fixture_put(base, "TCPIP/profile", "port 21\n");
		fixture_set_all_mtimes(base, 1000000000);
	}
	fixture_lock(test->fixture, "BASE");
	test->level = fixture_add_level(test->fixture, "L", "BASE");
	test->space = fixture_level_space(test->level);
	*state = test;
	return 0;
}

static int teardown(void **state)
{
	struct servlink_test *test = *state;
	void *fixture = test->fixture;

	level_put(test->level);
	package_fixture_teardown(&fixture);
	free(test);
	return 0;
}

static void build(struct servlink_test *test)
{
	assert_int_equal(package_build(test->level, 0, test->fixture->key, 0, NULL), 0);
}

static void package_file(struct servlink_test *test, const char *name, struct buffer *ret_bytes)
{
	assert_int_equal(fixture_package_file(test->fixture, test->level, 0, name, ret_bytes), 0);
}

/* The members of the component are these. */
static void assert_members(struct servlink_test *test, const char *servlink, const char *wanted)
{
	_cleanup_(buffer_release) struct buffer bytes = BUFFER_INIT, lines = BUFFER_INIT;

	package_file(test, servlink, &bytes);
	fixture_list_servlink(buffer_slice(&bytes), &lines);
	assert_string_equal((char *)lines.data, wanted);
}

static void assert_in_manifest(struct servlink_test *test, const char *line)
{
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;

	package_file(test, MANIFEST_NAME, &text);
	buffer_u8(&text, '\0');
	if (!strstr((char *)text.data, line))
		fail_msg("not in MANIFEST: %s\n%s", line, (char *)text.data);
}

/* All SERVLINKs of the package, unpacked over a copy of BASE, are the level, times and all. */
static void assert_unpacked_is_level(struct servlink_test *test)
{
	_cleanup_(cleanup_level) struct level *copy =
		fixture_add_level(test->fixture, "COPY", "BASE");
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT, bytes = BUFFER_INIT;
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	_cleanup_(cleanup_view) struct view *wanted = NULL, *got = NULL;
	struct space *space = fixture_level_space(copy);
	uint32_t own;

	package_file(test, MANIFEST_NAME, &text);
	assert_int_equal(manifest_parse(buffer_slice(&text), &manifest), 0);
	assert_int_not_equal(manifest.servlink_count, 0);
	for (size_t i = 0; i < manifest.servlink_count; i++) {
		char name[NAME_LENGTH_MAX + 16];

		snprintf(name, sizeof(name), "%s" SERVLINK_SUFFIX, manifest.servlinks[i].component);
		package_file(test, name, &bytes);
		fixture_unpack(space, buffer_slice(&bytes));
	}
	assert_int_equal(space_flush(space, 0), 0);
	assert_int_equal(level_view(test->level, &wanted, &own), 0);
	assert_int_equal(level_view(copy, &got, &own), 0);
	fixture_assert_equal(wanted, got, INODE_BUILD);
}

static uint64_t make(struct servlink_test *test, const char *directory, const char *name,
		     const struct new_inode *new_inode)
{
	struct inode inode;

	assert_int_equal(space_create(test->space, fixture_path(test->space, directory), name,
				      new_inode, (enum edit_flags)0, &inode),
			 0);
	return inode.number;
}

static void set_xattr(struct servlink_test *test, const char *path, const char *name,
		      const void *data, size_t size)
{
	struct slice value = slice_of(data, size);

	assert_int_equal(space_setxattr(test->space, fixture_path(test->space, path), name, &value,
					0, 0),
			 0);
}

/* ---- what is in a SERVLINK ---- */

static void servlink__has_what_was_added_changed_and_deleted_and_the_directories_above(void **state)
{
	struct servlink_test *test = *state;

	fixture_put(test->space, "CP/bin/program", "changed\n");
	fixture_put(test->space, "CP/lib/new", "new\n");
	fixture_remove(test->space, "CP/lib/one");
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/bin\n"
		       "file 0644 0:0 CP/bin/program\n"
		       "directory 0755 0:0 CP/lib\n"
		       "file 0644 0:0 CP/lib/new\n"
		       "whiteout 0000 0:0 CP/lib/one\n");
	assert_unpacked_is_level(test);
}

static void servlink__directories_above_a_deep_change_come_once(void **state)
{
	struct servlink_test *test = *state;

	fixture_put(test->space, "CP/lib/deep/er/three", "changed\n");
	fixture_put(test->space, "CP/lib/deep/four", "new\n");
	fixture_put(test->space, "CP/lib/deeper", "new\n");
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/lib\n"
		       "directory 0755 0:0 CP/lib/deep\n"
		       "directory 0755 0:0 CP/lib/deep/er\n"
		       "file 0644 0:0 CP/lib/deep/er/three\n"
		       "file 0644 0:0 CP/lib/deep/four\n"
		       "file 0644 0:0 CP/lib/deeper\n");
	assert_unpacked_is_level(test);
}

static void servlink__times_alone_are_not_in_it(void **state)
{
	struct servlink_test *test = *state;
	_cleanup_(buffer_release) struct buffer names = BUFFER_INIT;

	fixture_set_mtime(test->space, fixture_path(test->space, "CP/bin/program"), 5, 5);
	fixture_set_mtime(test->space, fixture_path(test->space, "CP/lib"), 5, 5);
	fixture_put(test->space, "CP/lib/passing", "");
	fixture_remove(test->space, "CP/lib/passing");
	build(test);
	fixture_package_names(test->fixture, test->level, 0, &names);
	assert_string_equal((char *)names.data, "MANIFEST MANIFEST.sig ");
}

static void servlink__times_of_directories_above_a_change_are_the_levels(void **state)
{
	struct servlink_test *test = *state;

	fixture_put(test->space, "CP/lib/deep/er/three", "changed\n");
	fixture_set_mtime(test->space, fixture_path(test->space, "CP/lib/deep"), 1234567890,
			  987654321);
	fixture_set_mtime(test->space, fixture_path(test->space, "CP/lib/deep/er/three"), -5, 0);
	build(test);
	assert_unpacked_is_level(test);
}

static void servlink__a_deleted_directory_is_one_whiteout(void **state)
{
	struct servlink_test *test = *state;

	fixture_remove(test->space, "CP/lib");
	build(test);
	assert_members(test, "CP.SERVLINK", "directory 0755 0:0 CP\nwhiteout 0000 0:0 CP/lib\n");
	assert_in_manifest(test, "\nwhiteout build CP/lib\n");
	assert_unpacked_is_level(test);
}

static void servlink__a_deleted_component_is_one_whiteout(void **state)
{
	struct servlink_test *test = *state;

	fixture_remove(test->space, "TCPIP");
	build(test);
	assert_members(test, "TCPIP.SERVLINK", "whiteout 0000 0:0 TCPIP\n");
	assert_unpacked_is_level(test);
}

static void servlink__a_new_component_is_in_it_as_a_whole(void **state)
{
	struct servlink_test *test = *state;

	fixture_put(test->space, "DEBIAN/etc/hostname", "vm01\n");
	fixture_put_directory(test->space, "DEBIAN/empty");
	build(test);
	assert_members(test, "DEBIAN.SERVLINK",
		       "directory 0755 0:0 DEBIAN\n"
		       "directory 0755 0:0 DEBIAN/empty\n"
		       "directory 0755 0:0 DEBIAN/etc\n"
		       "file 0644 0:0 DEBIAN/etc/hostname\n");
	assert_unpacked_is_level(test);
}

static void servlink__a_name_that_turned_has_its_new_kind_only(void **state)
{
	struct servlink_test *test = *state;

	fixture_remove(test->space, "CP/lib");
	fixture_put(test->space, "CP/lib", "a file now\n");
	fixture_remove(test->space, "CP/bin/program");
	fixture_put(test->space, "CP/bin/program/part", "a directory now\n");
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/bin\n"
		       "directory 0755 0:0 CP/bin/program\n"
		       "file 0644 0:0 CP/bin/program/part\n"
		       "file 0644 0:0 CP/lib\n");
	assert_in_manifest(test, "\nwhiteout build CP/lib\npath build file 0644 0:0 11 ");
	assert_unpacked_is_level(test);
}

static void servlink__a_deletion_at_the_end_is_not_lost(void **state)
{
	struct servlink_test *test = *state;

	fixture_remove(test->space, "CP/lib/two");
	fixture_remove(test->space, "TCPIP/profile");
	build(test);
	assert_members(
		test, "CP.SERVLINK",
		"directory 0755 0:0 CP\ndirectory 0755 0:0 CP/lib\nwhiteout 0000 0:0 CP/lib/two\n");
	assert_members(test, "TCPIP.SERVLINK",
		       "directory 0755 0:0 TCPIP\nwhiteout 0000 0:0 TCPIP/profile\n");
	assert_unpacked_is_level(test);
}

static void servlink__a_replaced_directory_keeps_what_both_have(void **state)
{
	struct servlink_test *test = *state;

	fixture_remove(test->space, "CP/lib");
	fixture_put(test->space, "CP/lib/two", "part two\n");
	fixture_set_mtime(test->space, fixture_path(test->space, "CP/lib/two"), 1000000000, 0);
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/lib\n"
		       "whiteout 0000 0:0 CP/lib/deep\n"
		       "whiteout 0000 0:0 CP/lib/one\n");
	assert_unpacked_is_level(test);
}

/* ---- kinds and attributes ---- */

static void servlink__every_kind_arrives(void **state)
{
	struct servlink_test *test = *state;

	make(test, "CP", "block",
	     &(struct new_inode){ .mode = S_IFBLK | 0660, .gid = 6, .rdev = makedev(7, 42) });
	make(test, "CP", "char",
	     &(struct new_inode){ .mode = S_IFCHR | 0620, .rdev = makedev(4095, 1048575) });
	make(test, "CP", "fifo", &(struct new_inode){ .mode = S_IFIFO | 0600 });
	make(test, "CP", "link",
	     &(struct new_inode){ .mode = S_IFLNK | 0777, .target = "../no where" });
	make(test, "CP", "set",
	     &(struct new_inode){ .mode = S_IFREG | 06751, .uid = 12, .gid = 34 });
	make(test, "CP", "sticky",
	     &(struct new_inode){ .mode = S_IFDIR | 01777, .uid = 4000000000 });
	build(test);
	assert_in_manifest(test, "\npath build char 0620 0:0 - 4095:1048575 CP/char\n");
	assert_in_manifest(test, "\npath build symlink 0777 0:0 - ../no\\040where CP/link\n");
	assert_unpacked_is_level(test);
}

static void servlink__a_socket_is_in_the_manifest_only(void **state)
{
	struct servlink_test *test = *state;

	make(test, "CP", "socket", &(struct new_inode){ .mode = S_IFSOCK | 0755 });
	build(test);
	assert_members(test, "CP.SERVLINK", "directory 0755 0:0 CP\n");
	assert_in_manifest(test, "\npath build socket 0755 0:0 - - CP/socket\n");
}

static void servlink__names_that_are_no_utf_8_arrive(void **state)
{
	struct servlink_test *test = *state;

	fixture_put(test->space, "CP/gr\xc3\xbc\xc3\x9f", "u");
	fixture_put(test->space, "CP/e\xcc\x81 decomposed", "d");
	fixture_put(test->space, "CP/bad\xff\xfe", "b");
	fixture_put(test->space, "CP/new\nline\\ \x1b[31m", "n");
	make(test, "CP", "link",
	     &(struct new_inode){ .mode = S_IFLNK | 0777, .target = "\xff\xc3\xbc" });
	build(test);
	assert_unpacked_is_level(test);
}

static void servlink__long_names_arrive(void **state)
{
	struct servlink_test *test = *state;
	char name[NAME_LENGTH_MAX + 1] = { 0 }, target[TARGET_LENGTH_MAX + 1] = { 0 };
	uint64_t directory = fixture_path(test->space, "CP");

	memset(name, 'x', NAME_LENGTH_MAX);
	memset(target, 'y', TARGET_LENGTH_MAX);
	for (unsigned depth = 0; depth < 20; depth++)
		directory = fixture_mkdir(test->space, directory, name);
	fixture_file(test->space, directory, name, "deep down\n");
	make(test, "CP", "link", &(struct new_inode){ .mode = S_IFLNK | 0777, .target = target });
	build(test);
	assert_unpacked_is_level(test);
}

static void servlink__xattrs_arrive(void **state)
{
	struct servlink_test *test = *state;
	static const uint8_t capability[20] = { 1, 0, 0, 2, 0, 4 };

	set_xattr(test, "CP/bin/program", "user.note", "a\0b\nc=", 6);
	set_xattr(test, "CP/bin/program", "user.empty", "", 0);
	set_xattr(test, "CP/bin/program", "security.capability", capability, sizeof(capability));
	set_xattr(test, "CP/lib", "trusted.note", "t", 1);
	build(test);
	assert_unpacked_is_level(test);
}

static void add_acl_row(struct buffer *acl, uint16_t tag, uint16_t permissions, uint32_t id)
{
	buffer_le16(acl, tag);
	buffer_le16(acl, permissions);
	buffer_le32(acl, id);
}

static void servlink__access_and_default_acls_arrive(void **state)
{
	struct servlink_test *test = *state;
	_cleanup_(buffer_release) struct buffer acl = BUFFER_INIT;
	struct slice value;

	buffer_le32(&acl, POSIX_ACL_XATTR_VERSION);
	add_acl_row(&acl, ACL_USER_OBJ, 7, UINT32_MAX);
	add_acl_row(&acl, ACL_USER, 5, 1234);
	add_acl_row(&acl, ACL_USER, 4, 4000000000);
	add_acl_row(&acl, ACL_GROUP_OBJ, 5, UINT32_MAX);
	add_acl_row(&acl, ACL_GROUP, 1, 77);
	add_acl_row(&acl, ACL_MASK, 6, UINT32_MAX);
	add_acl_row(&acl, ACL_OTHER, 4, UINT32_MAX);
	value = buffer_slice(&acl);
	assert_int_equal(space_setxattr(test->space, fixture_path(test->space, "CP/bin/program"),
					ACL_ACCESS_XATTR, &value, 0, 0764),
			 0);
	set_xattr(test, "CP/lib", ACL_DEFAULT_XATTR, acl.data, acl.size);
	build(test);
	assert_unpacked_is_level(test);
}

static void servlink__bytes_that_are_no_acl_are_kept_as_an_xattr(void **state)
{
	struct servlink_test *test = *state;

	set_xattr(test, "CP/lib", ACL_DEFAULT_XATTR, "\2\0\0\0\1\0\7\0", 8); /* half an entry */
	build(test);
	assert_unpacked_is_level(test);
}

/* ---- content ---- */

static void servlink__large_and_sparse_files_arrive(void **state)
{
	struct servlink_test *test = *state;
	struct attr_change size = { .set = SET_SIZE, .size = 5 * BLOCK_SIZE + 3 };
	_cleanup_free_ char *bytes = malloc(3 * BLOCK_SIZE);
	struct inode inode;
	uint64_t number;

	for (size_t i = 0; i < 3 * BLOCK_SIZE; i++)
		bytes[i] = (char)(i * 7 + i / 251 + 1);
	number = fixture_put(test->space, "CP/large", "");
	fixture_write(test->space, number, 0, bytes, 2 * BLOCK_SIZE + 17);
	number = fixture_put(test->space, "CP/hole-in-the-middle", "");
	fixture_write(test->space, number, 0, bytes, BLOCK_SIZE);
	fixture_write(test->space, number, 4 * BLOCK_SIZE, bytes, 100);
	number = fixture_put(test->space, "CP/hole-at-both-ends", "");
	fixture_write(test->space, number, 2 * BLOCK_SIZE, bytes, BLOCK_SIZE);
	assert_int_equal(space_setattr(test->space, number, &size, &inode), 0);
	number = fixture_put(test->space, "CP/all-hole", "");
	assert_int_equal(space_setattr(test->space, number, &size, &inode), 0);
	build(test);
	assert_unpacked_is_level(test);
}

static void servlink__holes_are_not_stored(void **state)
{
	struct servlink_test *test = *state;
	_cleanup_(buffer_release) struct buffer bytes = BUFFER_INIT;
	struct attr_change size = { .set = SET_SIZE, .size = 1 << 30 };
	uint64_t number = fixture_put(test->space, "CP/holes", "");
	struct inode inode;

	assert_int_equal(space_setattr(test->space, number, &size, &inode), 0);
	build(test);
	package_file(test, "CP.SERVLINK", &bytes);
	/* Even a gigabyte of zeros compresses to four megabytes of LZ4. */
	assert_in_range(bytes.size, 1, 65536);
	assert_in_manifest(
		test,
		"\npath build file 0644 0:0 1073741824 "
		"49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14 CP/holes\n");
}

/* ---- hard links ---- */

static void add_name(struct servlink_test *test, uint64_t number, const char *directory,
		     const char *name)
{
	struct inode inode;

	assert_int_equal(space_link(test->space, number, fixture_path(test->space, directory), name,
				    (enum edit_flags)0, &inode),
			 0);
}

static void assert_linked(struct package_fixture *fixture, const char *level, const char *a,
			  const char *b)
{
	_cleanup_(cleanup_level) struct level *found = fixture_level(fixture, level);
	struct space *space = fixture_level_space(found);

	assert_int_not_equal(fixture_path(space, a), 0);
	assert_int_equal(fixture_path(space, a), fixture_path(space, b));
}

static void servlink__names_of_one_file_are_links_to_the_first(void **state)
{
	struct servlink_test *test = *state;
	uint64_t number = fixture_put(test->space, "CP/lib/z", "one file\n");

	add_name(test, number, "CP/bin", "a");
	add_name(test, number, "CP", "zz");
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/bin\n"
		       "file 0644 0:0 CP/bin/a\n"
		       "directory 0755 0:0 CP/lib\n"
		       "hardlink 0644 0:0 CP/lib/z -> CP/bin/a\n"
		       "hardlink 0644 0:0 CP/zz -> CP/bin/a\n");
	assert_in_manifest(test, "\npath build hardlink 0644 0:0 - CP/bin/a CP/lib/z\n");
	assert_unpacked_is_level(test);
	assert_linked(test->fixture, "COPY", "CP/bin/a", "CP/lib/z");
	assert_linked(test->fixture, "COPY", "CP/bin/a", "CP/zz");
}

static void servlink__a_changed_file_comes_with_all_its_names(void **state)
{
	struct servlink_test *test = *state;
	_cleanup_(cleanup_level) struct level *child = NULL;
	uint64_t number = fixture_put(test->space, "CP/a", "before\n");

	add_name(test, number, "CP/lib", "b");
	child = fixture_add_level(test->fixture, "CHILD", "L");
	fixture_write(fixture_level_space(child), number, 0, "behind", 6);
	assert_int_equal(package_build(child, level_id(test->level), test->fixture->key, 0, NULL),
			 0);
	{
		_cleanup_(buffer_release) struct buffer bytes = BUFFER_INIT, lines = BUFFER_INIT;

		assert_int_equal(fixture_package_file(test->fixture, child, level_id(test->level),
						      "CP.SERVLINK", &bytes),
				 0);
		fixture_list_servlink(buffer_slice(&bytes), &lines);
		assert_string_equal((char *)lines.data, "directory 0755 0:0 CP\n"
							"file 0644 0:0 CP/a\n"
							"directory 0755 0:0 CP/lib\n"
							"hardlink 0644 0:0 CP/lib/b -> CP/a\n");
	}
}

static void servlink__a_new_name_of_an_unchanged_file_has_its_bytes(void **state)
{
	struct servlink_test *test = *state;

	add_name(test, fixture_path(test->space, "CP/bin/program"), "CP", "new");
	build(test);
	assert_members(test, "CP.SERVLINK", "directory 0755 0:0 CP\nfile 0644 0:0 CP/new\n");
	assert_unpacked_is_level(test);
}

static void servlink__links_do_not_cross_components(void **state)
{
	struct servlink_test *test = *state;

	add_name(test, fixture_put(test->space, "CP/shared", "shared\n"), "TCPIP", "shared");
	build(test);
	assert_members(test, "CP.SERVLINK", "directory 0755 0:0 CP\nfile 0644 0:0 CP/shared\n");
	assert_members(test, "TCPIP.SERVLINK",
		       "directory 0755 0:0 TCPIP\nfile 0644 0:0 TCPIP/shared\n");
	assert_unpacked_is_level(test);
}

static void servlink__links_to_other_kinds_are_links(void **state)
{
	struct servlink_test *test = *state;
	uint64_t link =
		make(test, "CP", "b", &(struct new_inode){ .mode = S_IFLNK | 0777, .target = "t" });
	uint64_t fifo = make(test, "CP", "d", &(struct new_inode){ .mode = S_IFIFO | 0600 });
	uint64_t gone = make(test, "CP", "f", &(struct new_inode){ .mode = S_IFSOCK | 0600 });

	add_name(test, link, "CP", "c");
	add_name(test, fifo, "CP", "e");
	add_name(test, gone, "CP", "g");
	build(test);
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "symlink 0777 0:0 CP/b -> t\n"
		       "hardlink 0777 0:0 CP/c -> CP/b\n"
		       "fifo 0600 0:0 CP/d\n"
		       "hardlink 0600 0:0 CP/e -> CP/d\n");
}

/* ---- the inventory ---- */

static uint64_t apply_directory(struct servlink_test *test, const char *component)
{
	return fixture_mkdir(test->space, INODE_APPLY, component);
}

static void servlink__ends_with_the_components_inventory(void **state)
{
	struct servlink_test *test = *state;
	_cleanup_(buffer_release) struct buffer names = BUFFER_INIT;

	fixture_put(test->space, "CP/bin/program", "changed\n");
	fixture_file(test->space, apply_directory(test, "CP"), "UM90001", "applied\n");
	fixture_file(test->space, apply_directory(test, "AVS"), "UM90002", "applied\n");
	fixture_file(test->space, apply_directory(test, "ZVM"), "UM90003", "applied\n");
	build(test);
	fixture_package_names(test->fixture, test->level, 0, &names);
	assert_string_equal((char *)names.data,
			    "AVS.SERVLINK CP.SERVLINK MANIFEST MANIFEST.sig ZVM.SERVLINK ");
	assert_members(test, "AVS.SERVLINK",
		       "directory 0755 0:0 .APPLY/AVS\nfile 0644 0:0 .APPLY/AVS/UM90002\n");
	assert_members(test, "CP.SERVLINK",
		       "directory 0755 0:0 CP\n"
		       "directory 0755 0:0 CP/bin\n"
		       "file 0644 0:0 CP/bin/program\n"
		       "directory 0755 0:0 .APPLY/CP\n"
		       "file 0644 0:0 .APPLY/CP/UM90001\n");
	assert_in_manifest(test, " AVS/UM90002\npath build directory 0755 0:0 - - CP\n");
	assert_in_manifest(test,
			   "\npath apply directory 0755 0:0 - - CP\npath apply file 0644 0:0 8 ");
}

static void servlink__bytes_of_the_acl_xattr_are_not_believed(void **state)
{
	struct archive_entry *entry = archive_entry_new();
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "", 0 },
		{ "\1\0\0\0", 4 }, /* another version */
		{ "\2\0\0", 3 },
		{ "\2\0\0\0\1\0\7\0\377\377\377", 11 },	     /* cut off */
		{ "\2\0\0\0\3\0\7\0\377\377\377\377", 12 },  /* no such tag */
		{ "\2\0\0\0\1\0\10\0\377\377\377\377", 12 }, /* no such permission */
		{ "\2\0\0\0\2\0\7\0\377\377\377\377", 12 },  /* a user without id */
		{ "\2\0\0\0\1\0\7\0\377\377\377\377\1", 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(acl_add_to_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
						  slice_of(bad[i].bytes, bad[i].size)),
				 -EBADMSG);
		assert_int_equal(archive_entry_acl_count(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT), 0);
	}
	archive_entry_free(entry);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(servlink__has_what_was_added_changed_and_deleted_and_the_directories_above),
		TEST(servlink__directories_above_a_deep_change_come_once),
		TEST(servlink__times_alone_are_not_in_it),
		TEST(servlink__times_of_directories_above_a_change_are_the_levels),
		TEST(servlink__a_deleted_directory_is_one_whiteout),
		TEST(servlink__a_deleted_component_is_one_whiteout),
		TEST(servlink__a_new_component_is_in_it_as_a_whole),
		TEST(servlink__a_name_that_turned_has_its_new_kind_only),
		TEST(servlink__a_deletion_at_the_end_is_not_lost),
		TEST(servlink__a_replaced_directory_keeps_what_both_have),
		TEST(servlink__every_kind_arrives),
		TEST(servlink__a_socket_is_in_the_manifest_only),
		TEST(servlink__names_that_are_no_utf_8_arrive),
		TEST(servlink__long_names_arrive),
		TEST(servlink__xattrs_arrive),
		TEST(servlink__access_and_default_acls_arrive),
		TEST(servlink__bytes_that_are_no_acl_are_kept_as_an_xattr),
		TEST(servlink__large_and_sparse_files_arrive),
		TEST(servlink__holes_are_not_stored),
		TEST(servlink__names_of_one_file_are_links_to_the_first),
		TEST(servlink__a_changed_file_comes_with_all_its_names),
		TEST(servlink__a_new_name_of_an_unchanged_file_has_its_bytes),
		TEST(servlink__links_do_not_cross_components),
		TEST(servlink__links_to_other_kinds_are_links),
		TEST(servlink__ends_with_the_components_inventory),
		cmocka_unit_test(servlink__bytes_of_the_acl_xattr_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
