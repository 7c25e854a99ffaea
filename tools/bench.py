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
    bench.py settle OLDER NEWER     files of NEWER that are as in OLDER get the times they have there
    bench.py begin TSV              an empty table of results
    bench.py title                  prints the head of the table
    bench.py result TSV SECTION KEY PEER UNIT GOAL WHAT
                                    one row, from the numbers in KEY.csmfs, KEY.PEER, KEY.messages
                                    and KEY.processor; printed, and appended to TSV
    bench.py plot TSV SVG           how near to its goal each row is
    bench.py markdown TSV           the table of docs/performance.md
"""

import filecmp
import html
import math
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


def figure(value):
    return "%.*f" % (0 if value >= 1000 else 1 if value >= 10 else 2, value)


def median_of(lines):
    return statistics.median(float(line) for line in lines)


def median():
    print(figure(median_of(sys.stdin)))


def settle(older, newer):
    for directory, _, names in os.walk(newer):
        there = older + directory[len(newer):]
        for name in names:
            file, before = directory + "/" + name, there + "/" + name
            if os.path.islink(file) or not os.path.isfile(before) or os.path.islink(before):
                continue
            if filecmp.cmp(file, before, shallow=False):
                status = os.stat(before)
                os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


# ---- the table of results ----

COLUMNS = "section what unit csmfs peer peer_value ratio goal reached messages processor rounds"
LINE = "%-52s %10s %-14s %10s %7s %10s %-7s %9s %8s"


def begin(table):
    with open(table, "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS.split()) + "\n")


def title():
    print(LINE % ("", "csmfs", "peer", "peer's", "ratio", "goal", "reached", "messages", "daemon"))


def numbers(name):
    if not os.path.exists(name):
        return []
    with open(name, encoding="utf-8") as file:
        return file.read().split()


def is_reached(ratio, goal):
    kind, _, bound = goal.partition(":")
    if kind == "none":
        return "-"
    return "yes" if (ratio <= float(bound) if kind == "max" else ratio >= float(bound)) else "NO"


def result(table, section, key, peer, unit, goal, what):
    ours, theirs = median_of(numbers(key + ".csmfs")), median_of(numbers(key + "." + peer))
    ratio = ours / theirs if theirs else math.inf
    messages, processor = [
        figure(median_of(found)) if found else "-"
        for found in (numbers(key + ".messages"), numbers(key + ".processor"))
    ]
    goal_text = goal.replace("max:", "<= ").replace("min:", ">= ").replace("none", "-")
    reached = is_reached(ratio, goal)
    ratio_text = "%.3g" % ratio
    print(LINE % (what, figure(ours) + " " + unit, peer, figure(theirs), ratio_text, goal_text, reached,
                  messages, processor + (" s" if processor != "-" else "")))
    sys.stdout.flush()
    with open(table, "a", encoding="utf-8") as file:
        row = [section, what, unit, "%.3f" % ours, peer, "%.3f" % theirs, ratio_text, goal, reached, messages,
               processor, str(len(numbers(key + ".csmfs")))]
        file.write("\t".join(row) + "\n")


# ---- the plot: a bar for each row with a goal, right of the line where it is missed ----

WIDTH, LEFT, STEP, DECADE = 1000, 480, 18, 190


def bar(number, row):
    bound, ratio = float(row["goal"].split(":")[1]), float(row["ratio"])
    missed = ratio / bound if row["goal"].startswith("max") else bound / max(ratio, 1e-9)
    middle = LEFT + 1.5 * DECADE
    length = max(-1.4, min(1.1, math.log10(max(missed, 1e-9)))) * DECADE
    top = 40 + number * STEP
    colour = "#3a7d44" if row["reached"] == "yes" else "#b5443c"
    text = "%s / %s" % (row["what"], row["peer"])
    return (
        '<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 8, top + 11, html.escape(text)) +
        '<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>'
        % (middle + min(length, 0), top, max(abs(length), 1), STEP - 5, colour) +
        '<text x="%d" y="%d">%s (goal %s)</text>'
        % (LEFT + 2.65 * DECADE - 72, top + 11, row["ratio"], html.escape(row["goal"].split(":")[1])))


def rows_of(table):
    with open(table, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def words_of(goal):
    return goal.replace("max:", "at most ").replace("min:", "at least ").replace("none", "")


def markdown(table):
    print("| section | work | csmfs | peer | | ratio | goal | reached | messages a file | daemon, s | rounds |")
    print("| " + " | ".join(["---"] * 11) + " |")
    for row in rows_of(table):
        cells = [row["section"], row["what"], figure(float(row["csmfs"])) + " " + row["unit"], row["peer"],
                 figure(float(row["peer_value"])), row["ratio"], words_of(row["goal"]), row["reached"].lower(),
                 row["messages"], row["processor"], row["rounds"]]
        print("| " + " | ".join(cells) + " |")


def plot(table, picture):
    rows = [row for row in rows_of(table) if ":" in row["goal"]]
    middle, height = LEFT + 1.5 * DECADE, 50 + len(rows) * STEP
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
        'font-size="11">' % (WIDTH, height),
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="%d" y="16">ratio of csmfs to its peer, as a multiple of the goal; logarithmic, left of the '
        'line the goal is reached</text>' % 8,
    ]
    for power, name in ((-1, "1/10"), (0, "goal"), (1, "10 x")):
        where = middle + power * DECADE
        parts.append('<line x1="%d" x2="%d" y1="34" y2="%d" stroke="#999"/>' % (where, where, height - 8))
        parts.append('<text x="%d" y="30" text-anchor="middle">%s</text>' % (where, name))
    parts += [bar(number, row) for number, row in enumerate(rows)]
    with open(picture, "w", encoding="utf-8") as file:
        file.write("\n".join(parts + ["</svg>"]) + "\n")


COMMANDS = {
    "fill": fill,
    "siblings": siblings,
    "mkdir": mkdir,
    "child": child,
    "digest": digest,
    "stat": stat,
    "median": median,
    "settle": settle,
    "begin": begin,
    "title": title,
    "result": result,
    "plot": plot,
    "markdown": markdown,
}

COMMANDS[sys.argv[1]](*sys.argv[2:])
