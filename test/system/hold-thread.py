# SPDX-License-Identifier: Apache-2.0
#
# Stops one thread of a process, as a debugger does, until its standard input ends: hold-thread.py PID NAME
import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000

pid, name = int(sys.argv[1]), sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        sys.exit(f"ptrace: {os.strerror(ctypes.get_errno())}")


threads = [
    int(thread) for thread in os.listdir(f"/proc/{pid}/task") if open(f"/proc/{pid}/task/{thread}/comm").read().strip() == name
]
if not threads:
    sys.exit(f"process {pid} has no thread {name}")
for thread in threads:
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
print("held", flush=True)
sys.stdin.read()
for thread in threads:
    ptrace(PTRACE_DETACH, thread)
