"""Set up the course and run it: the one command behind `make` and, on Windows, `py`.

    python3 tools/course.py TASK          py tools/course.py TASK

Needs nothing but Python. This file is written so that every Python since 2.7 can read
it: one that is too old or too new looks for another, or says so in one sentence.
"""

import os
import subprocess
import sys

OLDEST, TOO_NEW = (3, 11), (3, 15)
# where to look when this Python does not fit, the best tested first
OTHERS = ("python3.13", "python3.12", "python3.14", "python3.11")

# what a Python says of itself: its version, its kind, whether it has a global lock
PROBE = (
    "import platform, sys, sysconfig;"
    "print('%d.%d %s %d' % (sys.version_info[0], sys.version_info[1],"
    " platform.python_implementation(),"
    " bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
)


def fits(told):
    # type: (str) -> bool
    """Whether the Python that printed this for PROBE can run the course."""
    words = told.split()
    if len(words) != 3 or words[1:] != ["CPython", "0"]:
        return False
    version = tuple(int(part) for part in words[0].split("."))
    return OLDEST <= version < TOO_NEW


def probed(command):
    # type: (list) -> str
    """What a Python prints for PROBE; empty where it does not start."""
    try:
        asked = subprocess.Popen(
            command + ["-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        return asked.communicate()[0]
    except OSError:
        return ""


def another():
    # type: () -> list
    """The command of a Python that fits, from the PATH; empty where there is none."""
    commands = [[name] for name in OTHERS]
    if os.name == "nt":
        commands += [["py", "-" + name[len("python") :]] for name in OTHERS]
    for command in commands:
        if fits(probed(command)):
            return command
    return []


def main(arguments):
    # type: (list) -> int
    """Run one task with a Python that fits; return its exit status."""
    told = probed([sys.executable])
    if fits(told):
        import tasks

        return tasks.main(arguments)
    other = another()
    if other:
        return subprocess.call(other + [os.path.abspath(__file__)] + arguments)
    words = (told or "? ? 0").split()
    name = "{0} {1}".format(words[1], words[0]).replace("CPython", "Python")
    kind = " without a global lock" if words[2] != "0" else ""
    sys.stderr.write(
        "This is {0}{1}, and the course needs CPython 3.11 to 3.14: install 3.13 from"
        " python.org, or name one that you have, as in `make lab"
        " PYTHON=/path/to/python3.13`.\n".format(name, kind)
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
