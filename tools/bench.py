#!/usr/bin/env python3
"""The hands and the stop watch of bench.sh: many calls in one process, so that no start of a
process is in a time.

    bench.py fill DIR FIRST LAST    files FIRST to LAST - 1, a thousand a directory, no two equal
    bench.py siblings MOUNT COUNT   levels S1 to SCOUNT, each with another text in the same file
    bench.py mkdir DIR...           makes each; prints the microseconds of each
    bench.py child PARENT DIR       makes DIR and bases it on PARENT; prints the microseconds
    bench.py digest PATH            asks for the digest; prints the microseconds
    bench.py stat                   paths on stdin; prints the microseconds one stat took
    bench.py median                 of the numbers on stdin
"""

import os
import statistics
import sys
import time


def microseconds(function, *arguments):
    start = time.perf_counter_ns()
    function(*arguments)
    return (time.perf_counter_ns() - start) / 1000


def write_file(name, text, directory=None):
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    file = os.open(name, flags, 0o644, dir_fd=directory)
    os.write(file, text)
    os.close(file)


def fill(root, first, last):
    for start in range(int(first), int(last), 1000):
        path = "%s/%04d" % (root, start // 1000)
        os.makedirs(path)
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        for number in range(start, min(start + 1000, int(last))):
            write_file("f%03d" % (number % 1000), b"%d\n" % number, directory)
        os.close(directory)


def siblings(mount, count):
    for number in range(1, int(count) + 1):
        level = "%s/S%d" % (mount, number)
        os.mkdir(level)
        write_file(level + "/BUILD/X/0000/f000", b"sibling %d\n" % number)


def mkdir(*paths):
    for path in paths:
        print("%.1f" % microseconds(os.mkdir, path))


def make_child(parent, path):
    os.mkdir(path)
    os.setxattr(path, "user.csmfs.basedon", parent.encode())


def child(parent, path):
    print("%.1f" % microseconds(make_child, parent, path))


def digest(path):
    print("%.1f" % microseconds(os.getxattr, path, "user.csmfs.digest"))


def stat_all(paths):
    for path in paths:
        os.lstat(path)


def stat():
    paths = sys.stdin.read().split("\n")[:-1]
    # The way there is looked up first: it is not what is asked for.
    stat_all({os.path.dirname(path) for path in paths})
    print("%.2f" % (microseconds(stat_all, paths) / len(paths)))


def median():
    value = statistics.median(float(line) for line in sys.stdin)
    print("%.*f" % (0 if value >= 1000 else 1 if value >= 10 else 2, value))


COMMANDS = {
    "fill": fill,
    "siblings": siblings,
    "mkdir": mkdir,
    "child": child,
    "digest": digest,
    "stat": stat,
    "median": median,
}

COMMANDS[sys.argv[1]](*sys.argv[2:])
