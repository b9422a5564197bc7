"""Runs a command as a unit's service manager would: in a mount namespace of its own that is read-only but
for some directories, with the unit's capabilities, its filter of system calls and without new privileges.

    confine.py UNIT DIRECTORY... -- COMMAND...       mounts and capabilities, then itself once more for
    confine.py --filter UNIT -- COMMAND...           the filter

The filter is what libseccomp makes of the unit's own lines, their sets expanded by systemd-analyze.
"""

import ctypes
import os
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
CLONE_ANY_NAMESPACE = 0x7E020080
PROT_WRITE, PROT_EXEC = 2, 4
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
EQUAL, MASKED_EQUAL = 4, 7
GROUP = 54711
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17}


def settings(unit):
    """All values of each setting of the section [Service]."""
    found, section = {}, ""
    for line in open(unit):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def own_mounts(unit, directories):
    """What PrivateMounts, ProtectSystem=strict and ProtectProc=invisible do; and a tmpfs to be seen by."""
    assert unit["ProtectSystem"] == ["strict"] and unit["ProtectProc"] == ["invisible"]
    assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) == 0, os.strerror(ctypes.get_errno())
    mount("--make-rslave", "/")
    for directory in directories:
        mount("--bind", directory, directory)
    mount("-t", "tmpfs", "confinement", "/var/tmp")
    give_group()
    mount("-t", "proc", "-o", "hidepid=invisible", "proc", "/proc")
    for place in ["/", "/run/netns"]:
        mount("-o", "remount,bind,ro", place)


def give_group():
    """The group that the API's socket is for, whose number no machine has by itself."""
    others = [line for line in open("/etc/group") if not line.startswith("causeway:")]
    with open("/var/tmp/group", "w") as file:
        file.writelines([*others, f"causeway:x:{GROUP}:\n"])
    mount("--bind", "/var/tmp/group", "/etc/group")


def with_rights_of(unit):
    assert unit["NoNewPrivileges"] == ["yes"]
    names = " ".join(unit["CapabilityBoundingSet"]).lower().replace("cap_", "+").split()
    bounding = ",".join(["-all", *names])
    return ["setpriv", "--no-new-privs", "--inh-caps", "-all", "--bounding-set", bounding]


def sets_of_calls():
    """The names in each set that the service manager knows."""
    listed, name = {}, None
    text = subprocess.run(["systemd-analyze", "syscall-filter"], check=True, capture_output=True, text=True)
    for line in text.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            listed[name] = []
        elif name and line.startswith(" ") and not line.strip().startswith("#"):
            listed[name].append(line.strip())
    return listed


def allowed_calls(unit):
    sets = sets_of_calls()

    def expand(word):
        if not word.startswith("@"):
            return {word}
        return set().union(*[expand(name) for name in sets[word]])

    calls = expand("@default")
    for line in unit["SystemCallFilter"]:
        named = set().union(*[expand(word) for word in line.lstrip("~").split()])
        calls = calls - named if line.startswith("~") else calls | named
    return calls


class Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


def conditions(unit):
    """Calls that are allowed with some arguments only: a list of comparisons, one of which must hold."""
    assert unit["RestrictNamespaces"] == ["net"] and unit["MemoryDenyWriteExecute"] == ["yes"]
    families = [FAMILIES[name] for name in unit["RestrictAddressFamilies"][0].split()]
    write_execute = PROT_WRITE | PROT_EXEC
    return {
        "setns": [(1, EQUAL, CLONE_NEWNET, 0)],
        "unshare": [(0, EQUAL, CLONE_NEWNET, 0)],
        "clone": [(0, MASKED_EQUAL, CLONE_ANY_NAMESPACE, 0)],
        "socket": [(0, EQUAL, family, 0) for family in families],
        "mmap": [(2, MASKED_EQUAL, write_execute, bits) for bits in (0, PROT_WRITE, PROT_EXEC)],
        "mprotect": [(2, MASKED_EQUAL, PROT_EXEC, 0)],
    }


def restrict_calls(unit):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(REFUSE)))

    def rule(action, number, *comparisons):
        array = (Comparison * len(comparisons))(*comparisons)
        added = library.seccomp_rule_add_array(context, ctypes.c_uint32(action), number, len(comparisons), array)
        assert added == 0, (action, number, added)

    conditional = conditions(unit)
    for name in sorted(allowed_calls(unit)):
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Some are of other machines.
        if number < 0:
            continue
        if name == "clone3":
            # Its flags cannot be seen: the C library falls back to clone.
            rule(UNKNOWN, number)
        elif name in conditional:
            for comparison in conditional[name]:
                rule(ALLOW, number, comparison)
        else:
            rule(ALLOW, number)
    assert library.seccomp_load(context) == 0


def main(arguments):
    split = arguments.index("--")
    given, command = arguments[:split], arguments[split + 1 :]
    if given[0] == "--filter":
        restrict_calls(settings(given[1]))
        os.execvp(command[0], command)
    unit = settings(given[0])
    own_mounts(unit, given[1:])
    again = [sys.executable, os.path.abspath(__file__), "--filter", given[0], "--", *command]
    confined = [*with_rights_of(unit), *again]
    os.execvp(confined[0], confined)


main(sys.argv[1:])
