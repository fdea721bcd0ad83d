/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <sys/syscall.h>

#define CALL(name, need) {SYS_##name, need, #name}
#define FREE(name) CALL(name, SB_NEED_NOTHING)
#define WRITES(name) CALL(name, SB_NEED_WRITE)
#define NETWORK(name) CALL(name, SB_NEED_NETWORK)
#define PROCESSES(name) CALL(name, SB_NEED_PROCESSES)
#define DEPENDS(name) CALL(name, SB_NEED_ARGUMENT)
#define NEVER(name) CALL(name, SB_NEVER)

/* Those that are called often stand first: the filter asks in this order. */
const sb_call sb_calls[] = {
    /* waiting, and time */
    FREE(futex), FREE(clock_gettime), FREE(clock_nanosleep), FREE(nanosleep), FREE(clock_getres), FREE(gettimeofday),
    FREE(times), FREE(sched_yield), FREE(ppoll), FREE(pselect6), FREE(epoll_pwait), FREE(epoll_pwait2),
    FREE(futex_waitv), FREE(epoll_ctl), FREE(epoll_create1), FREE(eventfd2), FREE(pipe2), FREE(restart_syscall),
    /* what is open */
    FREE(read), FREE(write), FREE(readv), FREE(writev), FREE(pread64), FREE(pwrite64), FREE(preadv), FREE(pwritev),
    FREE(preadv2), FREE(pwritev2), FREE(lseek), FREE(close), FREE(close_range), FREE(dup), FREE(dup3), FREE(fsync),
    FREE(fdatasync), FREE(flock), FREE(fadvise64), FREE(recvfrom), FREE(recvmsg), FREE(sendto), FREE(sendmsg),
    DEPENDS(fcntl), DEPENDS(ioctl),
    /* memory */
    FREE(brk), FREE(munmap), FREE(mremap), FREE(madvise), FREE(mincore), FREE(msync), FREE(mlock), FREE(mlock2),
    FREE(munlock), FREE(membarrier), FREE(mmap), FREE(mprotect), DEPENDS(mbind),
    /* itself */
    FREE(getpid), FREE(gettid), FREE(getppid), FREE(getuid), FREE(geteuid), FREE(getgid), FREE(getegid),
    FREE(getresuid), FREE(getresgid), FREE(getgroups), FREE(getpgid), FREE(getsid), FREE(uname), FREE(sysinfo),
    FREE(getrandom), FREE(getcpu), FREE(getrusage), FREE(getrlimit), FREE(getpriority), FREE(umask), FREE(exit),
    FREE(exit_group), FREE(rseq), FREE(set_robust_list), FREE(get_robust_list), FREE(set_tid_address),
    FREE(sched_getaffinity), FREE(sched_getparam), FREE(sched_getscheduler), FREE(sched_get_priority_max),
    FREE(sched_get_priority_min), FREE(rt_sigreturn), FREE(rt_sigpending), FREE(rt_sigsuspend), FREE(rt_sigtimedwait),
    FREE(sigaltstack), DEPENDS(rt_sigaction), DEPENDS(rt_sigprocmask), DEPENDS(prctl), DEPENDS(prlimit64),
    DEPENDS(kill), DEPENDS(tgkill), DEPENDS(clone), DEPENDS(clone3),
    /* files: which ones is Landlock's to say */
    DEPENDS(openat), DEPENDS(openat2), FREE(newfstatat), FREE(fstat), FREE(statx), FREE(faccessat), FREE(faccessat2),
    FREE(readlinkat), FREE(getcwd), FREE(getdents64), FREE(statfs), FREE(fstatfs), FREE(chdir), FREE(fchdir),
    WRITES(unlinkat), WRITES(mkdirat), WRITES(renameat2), WRITES(linkat), WRITES(symlinkat),
    WRITES(ftruncate), WRITES(fallocate), WRITES(fchmod), WRITES(copy_file_range), WRITES(sendfile),
    /* network */
    DEPENDS(socket), NETWORK(connect), NETWORK(bind), NETWORK(listen), NETWORK(accept), NETWORK(accept4),
    NETWORK(shutdown), NETWORK(getsockname), NETWORK(getpeername), NETWORK(getsockopt), NETWORK(setsockopt),
    NETWORK(sendmmsg), NETWORK(recvmmsg),
    /* processes */
    PROCESSES(execve), PROCESSES(execveat), PROCESSES(wait4), PROCESSES(waitid), DEPENDS(socketpair),
#if defined(__x86_64__)
    FREE(poll), FREE(select), FREE(epoll_wait), FREE(epoll_create), FREE(eventfd), FREE(pipe), FREE(dup2), FREE(time),
    FREE(pause), FREE(getpgrp), DEPENDS(open), FREE(stat), FREE(lstat), FREE(access), FREE(readlink), FREE(arch_prctl),
    {SYS_creat, SB_NEED_OPEN_WRITE, "creat"}, WRITES(unlink), WRITES(rmdir), WRITES(mkdir), WRITES(rename),
    WRITES(renameat), WRITES(link), WRITES(symlink), {SYS_fork, SB_NEED_PROCESS, "fork"},
    {SYS_vfork, SB_NEED_PROCESS, "vfork"}, NEVER(chmod), NEVER(chown), NEVER(lchown), NEVER(mknod), NEVER(utime),
    NEVER(utimes), NEVER(iopl), NEVER(ioperm), NEVER(modify_ldt), NEVER(alarm), NEVER(signalfd), NEVER(inotify_init),
    NEVER(uselib), NEVER(ustat), NEVER(sysfs),
#elif defined(__aarch64__)
    WRITES(renameat),
#endif
    /* other processes */
    NEVER(ptrace), NEVER(process_vm_readv), NEVER(process_vm_writev), NEVER(kcmp), NEVER(pidfd_open),
    NEVER(pidfd_getfd), NEVER(pidfd_send_signal),
    NEVER(setpgid), NEVER(setsid), /* what it starts ends with its group */
    NEVER(tkill), NEVER(rt_sigqueueinfo), NEVER(rt_tgsigqueueinfo), NEVER(process_madvise), NEVER(move_pages),
    NEVER(migrate_pages),
    /* its own rights and limits */
    NEVER(setrlimit), NEVER(setpriority), NEVER(sched_setscheduler), NEVER(sched_setparam), NEVER(sched_setattr),
    NEVER(sched_setaffinity), NEVER(ioprio_set), NEVER(setuid), NEVER(setgid), NEVER(setreuid), NEVER(setregid),
    NEVER(setresuid), NEVER(setresgid), NEVER(setfsuid), NEVER(setfsgid), NEVER(setgroups), NEVER(capset),
    NEVER(personality), NEVER(landlock_create_ruleset), NEVER(landlock_add_rule), NEVER(landlock_restrict_self),
    {SYS_seccomp, SB_NEED_NOTHING, "seccomp"}, /* it can only take away, until the second filter ends that too */
    /* namespaces and mounts */
    NEVER(unshare), NEVER(setns), NEVER(mount), NEVER(umount2), NEVER(pivot_root), NEVER(chroot), NEVER(open_tree),
    NEVER(move_mount), NEVER(fsopen), NEVER(fsconfig), NEVER(fsmount), NEVER(fspick), NEVER(mount_setattr),
    NEVER(name_to_handle_at), NEVER(open_by_handle_at),
    /* what others have broken out through */
    NEVER(bpf), NEVER(perf_event_open), NEVER(io_uring_setup), NEVER(io_uring_enter), NEVER(io_uring_register),
    NEVER(userfaultfd), NEVER(add_key), NEVER(request_key), NEVER(keyctl), NEVER(memfd_create), NEVER(memfd_secret),
    NEVER(shmget), NEVER(shmat), NEVER(shmctl), NEVER(shmdt), NEVER(msgget), NEVER(semget), NEVER(mq_open),
    NEVER(fanotify_init), NEVER(inotify_init1), NEVER(inotify_add_watch), NEVER(signalfd4), NEVER(timerfd_create),
    NEVER(timer_create), NEVER(setitimer), NEVER(vmsplice), NEVER(splice), NEVER(tee), NEVER(pkey_mprotect),
    NEVER(pkey_alloc), NEVER(remap_file_pages), NEVER(set_mempolicy), NEVER(get_mempolicy),
    NEVER(mlockall), NEVER(io_setup), NEVER(lookup_dcookie), NEVER(syslog),
    /* files that are not granted by path */
    NEVER(fchmodat), NEVER(fchownat), NEVER(fchown), NEVER(mknodat), NEVER(utimensat), NEVER(setxattr),
    NEVER(lsetxattr), NEVER(fsetxattr), NEVER(removexattr), NEVER(getxattr), NEVER(lgetxattr), NEVER(fgetxattr),
    NEVER(quotactl), NEVER(acct), NEVER(sync), NEVER(syncfs),
    NEVER(truncate), /* by path: an old Landlock lets it pass, and so does the right to pass files that root keeps */
    /* the machine */
    NEVER(init_module), NEVER(finit_module), NEVER(delete_module), NEVER(kexec_load), NEVER(reboot), NEVER(swapon),
    NEVER(swapoff), NEVER(clock_settime), NEVER(clock_adjtime), NEVER(settimeofday), NEVER(adjtimex),
    NEVER(sethostname), NEVER(setdomainname), NEVER(vhangup), NEVER(nfsservctl),
};

const size_t sb_call_count = sizeof sb_calls / sizeof *sb_calls;

const sb_call *sb_call_find(int number) {
  for (size_t i = 0; i < sb_call_count; i++)
    if (sb_calls[i].number == number) return &sb_calls[i];
  return NULL;
}
