/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plugin may try, and what it is told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"
#include "jail.h"

/* ---- network ---- */

static int make_socket(void) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  if (socket_fd < 0) return errno;
  close(socket_fd);
  return 0;
}
static int make_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0; }
static int make_pair(void) {
  int pair[2];
  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? 0 : errno;
}
static int bound_socket; /* of the test, handed down */
static int connect_it(void) {
  const struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return connect(bound_socket, (const struct sockaddr *)&there, sizeof there) == 0 ? 0 : errno;
}
static int bind_it(void) {
  const struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return bind(bound_socket, (const struct sockaddr *)&here, sizeof here) == 0 ? 0 : errno;
}

TEST(sockets_need_the_permission) {
  if (!jail_has_filter()) return;
  bound_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_REFUSED("", false, make_socket, "refused: socket needs permission network");
  CHECK_REFUSED("", true, make_socket, "refused: socket needs permission network");
  CHECK_REFUSED("", false, make_unix_socket, "refused: socket needs permission network");
  CHECK_REFUSED("", false, make_pair, "refused: socketpair needs permission processes");
  CHECK_REFUSED("", false, connect_it, "refused: connect needs permission network");
  CHECK_REFUSED("", false, bind_it, "refused: bind needs permission network");
  close(bound_socket);
}

static int bind_udp(void) {
  bound_socket = socket(AF_INET, SOCK_DGRAM, 0);
  return bind_it();
}

TEST(with_the_permission_there_are_sockets_of_the_internet_alone) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=network", false, make_socket).code, 0);
  CHECK_EQUAL(jail_run("permission=network", true, bind_udp).code, 0);
  const jail_end end = jail_run("permission=network", false, make_unix_socket);
  CHECK_EQUAL(end.code, EAFNOSUPPORT);
  CHECK(!strstr(end.words, "refused"));
}

static int connect_anew(void) {
  bound_socket = socket(AF_INET, SOCK_STREAM, 0);
  return bound_socket < 0 ? errno : connect_it();
}

/* Nobody listens at port 9: who may connect is told that. */
TEST(who_has_a_server_connects_to_its_port_alone) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=network\nservice=http://127.0.0.1:9", true, connect_anew).code, ECONNREFUSED);
  CHECK_REFUSED("service=http://127.0.0.1:9", true, make_socket, "refused: socket needs permission network");
  CHECK_EQUAL(jail_run("permission=network\nservice=http://127.0.0.1:9", true, make_unix_socket).code, EAFNOSUPPORT);
  CHECK_EQUAL(jail_run("permission=network\nservice=unix:/run/stage.sock", true, make_unix_socket).code, 0);
  CHECK_EQUAL(jail_run("permission=network\nservice=unix:/run/stage.sock", true, make_socket).code, EAFNOSUPPORT);
  if (!jail_has_ports()) return;
  CHECK_EQUAL(jail_run("permission=network\nservice=http://127.0.0.1:10", true, connect_anew).code, EACCES);
}

/* ---- processes ---- */

static int make_process(void) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? errno : 0;
}
static int make_process_raw(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 ? errno : 0; }
static int run_program(void) {
  execl("/bin/true", "true", NULL);
  return errno;
}
static int run_shell(void) {
  const int status = system("exit 7");
  return status == -1 ? errno : WEXITSTATUS(status);
}

TEST(processes_need_the_permission) {
  if (!jail_has_filter()) return;
  CHECK_REFUSED("", false, make_process, "refused: clone of a process needs permission processes");
  CHECK_REFUSED("permission=threads", true, make_process_raw, "refused: clone of a process needs permission processes");
  CHECK_REFUSED("", false, run_program, "refused: execve needs permission processes");
#if defined(__x86_64__)
  CHECK_EQUAL(jail_run("processes=3", false, run_shell).code, 127); /* as where there is no shell */
#endif
}

static int fill_up(void) {
  pid_t children[64];
  int count = 0;
  while (count < 64 && (children[count] = fork()) > 0) count++;
  if (count < 64 && children[count] == 0) return pause();
  for (int i = 0; i < count; i++) kill(children[i], SIGKILL), waitpid(children[i], NULL, 0);
  return count;
}

TEST(with_the_permission_there_are_as_many_processes_as_granted) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=processes\nprocesses=1", true, run_shell).code, 7);
  const jail_end end = jail_run("permission=processes\nprocesses=5", true, fill_up);
  if (!strstr(end.report.lacking, "no user namespaces")) CHECK_EQUAL(end.code, 5);
}

static int pair_up(int type) {
  int ends[2];
  return socketpair(AF_UNIX, type, 0, ends) < 0 ? errno : 0;
}
static int pair_streams(void) { return pair_up(SOCK_STREAM | SOCK_CLOEXEC); }
static int pair_datagrams(void) { return pair_up(SOCK_DGRAM); }

TEST(what_a_plugin_starts_is_spoken_to_through_streams) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=processes\nprocesses=1", true, pair_streams).code, 0);
  CHECK_EQUAL(jail_run("permission=processes\nprocesses=1", true, pair_datagrams).code, EPERM);
  CHECK_REFUSED("", true, pair_streams, "refused: socketpair needs permission processes");
}

static int leave_group(void) {
  const pid_t child = fork();
  if (child == 0) _exit(setsid() < 0 && setpgid(0, 0) < 0 ? errno : 0);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -1;
}

TEST(what_a_plugin_starts_stays_in_the_group_that_ends_with_it) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=processes\nprocesses=3", true, leave_group).code, ENOSYS);
}

/* ---- threads ---- */

static void *thread_body(void *context) { return context; }
static int make_thread(void) {
  pthread_t thread;
  const int error = pthread_create(&thread, NULL, thread_body, NULL);
  if (error == 0) pthread_join(thread, NULL);
  return error;
}
static void *refused_thread(void *context) { return *(int *)context = make_socket(), NULL; }
static int refuse_in_thread(void) {
  pthread_t thread;
  int error = 0;
  if (pthread_create(&thread, NULL, refused_thread, &error) != 0) return 1;
  pthread_join(thread, NULL);
  return error;
}
static void *sleep_on(void *context) { return pause(), context; }
static int fill_with_threads(void) {
  pthread_t thread;
  int count = 0;
  while (count < 200 && pthread_create(&thread, NULL, sleep_on, NULL) == 0) count++;
  return count;
}

TEST(threads_need_the_permission) {
  if (!jail_has_filter()) return;
  CHECK_REFUSED("", false, make_thread, "refused: clone of a thread needs permission threads");
  CHECK_EQUAL(jail_run("permission=threads", false, make_thread).code, 0);
  CHECK_EQUAL(jail_run("permission=threads", true, make_thread).code, 0);
  CHECK_REFUSED("permission=threads", true, refuse_in_thread, "refused: socket needs permission network");
  const jail_end end = jail_run("permission=threads", true, fill_with_threads);
  if (!strstr(end.report.lacking, "no user namespaces")) CHECK_EQUAL(end.code, 16);
}

/* ---- files ---- */

static char open_path[128];
static int open_flags;
static int open_it(void) {
  const int file = open(open_path, open_flags | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  close(file);
  return 0;
}
static const char *in_folder(const char *name) {
  snprintf(open_path, sizeof open_path, "%s/%s", jail_folder(), name);
  return open_path;
}
static char *with_folder(const char *key) {
  static char text[128];
  snprintf(text, sizeof text, "%s=%s", key, jail_folder());
  return text;
}

TEST(writing_needs_the_permission) {
  if (!jail_has_filter()) return;
  char line[256];
  open_flags = O_WRONLY | O_CREAT;
  snprintf(line, sizeof line, "refused: openat of %s for writing needs permission write", in_folder("new"));
  CHECK_REFUSED("", false, open_it, line);
  CHECK_REFUSED(with_folder("folder"), false, open_it, line);
  CHECK_REFUSED("", true, open_it, line);
  open_flags = O_RDWR;
  snprintf(line, sizeof line, "refused: openat of %s for writing needs permission write", in_folder("note"));
  CHECK_REFUSED("", false, open_it, line);
}

TEST(reading_outside_of_what_is_granted_fails_and_is_told) {
  if (!jail_has_landlock() || !jail_has_filter()) return;
  char line[256];
  open_flags = O_RDONLY;
  snprintf(line, sizeof line, "refused: openat of %s needs permission read\n", in_folder("note"));
  jail_end end = jail_run("", false, open_it);
  CHECK_EQUAL(end.code, EACCES);
  CHECK(strcmp(end.words, line) == 0);
  CHECK_EQUAL(jail_run(with_folder("folder"), false, open_it).code, 0);
  CHECK_EQUAL(jail_run(with_folder("read"), true, open_it).code, 0);
  strcpy(open_path, "/etc/passwd");
  end = jail_run(with_folder("read"), true, open_it);
  CHECK_EQUAL(end.code, EACCES);
  CHECK(strcmp(end.words, "refused: openat of /etc/passwd needs permission read\n") == 0);
  strcpy(open_path, "/proc/self/environ");
  CHECK_EQUAL(jail_run(with_folder("folder"), false, open_it).code, EACCES);
  strcpy(open_path, "/no/such/file");
  CHECK_EQUAL(jail_run("", false, open_it).code, ENOENT);
  strcpy(open_path, "/etc/hosts");
  CHECK_EQUAL(jail_run("permission=network", true, open_it).code, 0);
}

TEST(a_plugin_whose_files_may_have_no_byte_makes_none_in_its_data_folder) {
  if (!jail_has_filter()) return;
  char line[256];
  open_flags = O_WRONLY | O_CREAT;
  snprintf(line, sizeof line, "refused: openat of %s for writing needs permission write", in_folder("new"));
  CHECK_REFUSED(with_folder("data"), true, open_it, line);
  open_flags = O_RDONLY;
  in_folder("note");
  CHECK_EQUAL(jail_run(with_folder("data"), true, open_it).code, 0);
}

TEST(once_loaded_a_library_without_a_grant_opens_nothing) {
  if (!jail_has_filter()) return;
  open_flags = O_RDONLY;
  strcpy(open_path, "/dev/null");
  CHECK_EQUAL(jail_run("", false, open_it).code, 0);
  CHECK_REFUSED("", true, open_it, "refused: openat of /dev/null needs permission read");
}

static int write_much(void) {
  static const char megabyte[1 << 20] = {1};
  const int file = open(in_folder("large"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return 100 + errno;
  int written = 0;
  while (written < 9 && write(file, megabyte, sizeof megabyte) == sizeof megabyte) written++;
  if (written < 9 && errno != EFBIG) return 100 + errno;
  return unlink(open_path) == 0 ? written : 100 + errno;
}

TEST(with_the_permission_files_are_written_up_to_their_limit) {
  char text[200];
  snprintf(text, sizeof text, "%s\nfile_mb=3", with_folder("write"));
  CHECK_EQUAL(jail_run(text, true, write_much).code, 3);
  snprintf(text, sizeof text, "%s\nfile_mb=2", with_folder("data"));
  CHECK_EQUAL(jail_run(text, true, write_much).code, 2);
  if (!jail_has_landlock()) return;
  open_flags = O_WRONLY | O_CREAT;
  strcpy(open_path, "/tmp/stagebox-outside");
  const jail_end end = jail_run(text, true, open_it);
  CHECK_EQUAL(end.code, EACCES);
  if (jail_has_filter()) CHECK(strstr(end.words, "refused: openat of /tmp/stagebox-outside for writing needs permission write\n"));
}

/* ---- never ---- */

static int trace(void) { return ptrace(PTRACE_ATTACH, getppid(), 0, 0) < 0 ? errno : 0; }
static int signal_parent(void) { return kill(getppid(), 0) < 0 ? errno : 0; }
static int read_parent(void) {
  char byte;
  const struct iovec here = {&byte, 1}, there = {&byte, 1};
  return process_vm_readv(getppid(), &here, 1, &there, 1, 0) < 0 ? errno : 0;
}
static int raise_limit(void) { return setrlimit(RLIMIT_NOFILE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) < 0 ? errno : 0; }
static int leave_namespace(void) { return unshare(CLONE_NEWUSER) < 0 ? errno : 0; }
static int mount_it(void) { return mount("none", "/tmp", "tmpfs", 0, NULL) < 0 ? errno : 0; }
static int use_bpf(void) { return syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0) < 0 ? errno : 0; }
static int use_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL) < 0 ? errno : 0; }
static int use_userfaultfd(void) { return syscall(SYS_userfaultfd, 1) < 0 ? errno : 0; }
static int use_keys(void) { return syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 ? errno : 0; }
static int use_memfd(void) { return memfd_create("x", 0) < 0 ? errno : 0; }
static int use_priority(void) { return sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0}) < 0 ? errno : 0; }
static int change_mode(void) { return chmod(in_folder("note"), 0777) < 0 ? errno : 0; }
static int disarm(void) { return sigaction(SIGSYS, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) < 0 ? errno : 0; }
static int outlive(void) { return prctl(PR_SET_PDEATHSIG, 0) < 0 ? errno : 0; }
static int own_files(void) { return fcntl(STDERR_FILENO, F_SETOWN, getppid()) < 0 ? errno : 0; }

static int cut_short(void) { return truncate(in_folder("note"), 0) < 0 ? errno : 0; }

static int own_by_ioctl(void) {
  int owner = getppid();
  return ioctl(STDERR_FILENO, FIOSETOWN, &owner) < 0 ? errno : 0;
}

TEST(some_calls_are_never_allowed) {
  if (!jail_has_filter()) return;
  static const struct {
    jail_body body;
    const char *line;
  } cases[] = {
      {trace, "refused: ptrace is never allowed"},
      {signal_parent, "refused: kill of another process is never allowed"},
      {read_parent, "refused: process_vm_readv is never allowed"},
      {raise_limit, "refused: prlimit64 is never allowed"},
      {leave_namespace, "refused: unshare is never allowed"},
      {mount_it, "refused: mount is never allowed"},
      {use_bpf, "refused: bpf is never allowed"},
      {use_io_uring, "refused: io_uring_setup is never allowed"},
      {use_userfaultfd, "refused: userfaultfd is never allowed"},
      {use_keys, "refused: keyctl is never allowed"},
      {use_memfd, "refused: memfd_create is never allowed"},
      {use_priority, "refused: sched_setscheduler is never allowed"},
      {disarm, "refused: rt_sigaction is never allowed"},
      {outlive, "refused: prctl is never allowed"},
      {own_files, "refused: fcntl is never allowed"},
      {own_by_ioctl, "refused: ioctl is never allowed"},
      {cut_short, "refused: truncate is never allowed"},
#if defined(__x86_64__)
      {change_mode, "refused: chmod is never allowed"},
#else
      {change_mode, "refused: fchmodat is never allowed"},
#endif
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_REFUSED("", false, cases[i].body, cases[i].line);
    CHECK_REFUSED("permission=threads\npermission=network", true, cases[i].body, cases[i].line);
  }
}

static int use_unknown(void) { return syscall(490) < 0 ? errno : 0; }

TEST(a_call_that_is_newer_than_the_sandbox_is_as_on_an_older_kernel) {
  if (!jail_has_filter()) return;
  const jail_end end = jail_run("", false, use_unknown);
  CHECK_EQUAL(end.code, ENOSYS);
  CHECK(strstr(end.words, "refused: system call 490 is never allowed\n"));
}

#if defined(__x86_64__)
static int use_i386(void) {
  long result = 20; /* getpid, there */
  __asm__ volatile("int $0x80" : "+a"(result)::"memory");
  return result > 0 ? 0 : 1;
}
static int use_x32(void) { return syscall(0x40000000 | SYS_getpid) > 0 ? 0 : 1; }

TEST(calls_by_the_numbers_of_another_architecture_kill) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("", false, use_i386).signal, SIGSYS);
  CHECK_EQUAL(jail_run("", false, use_x32).signal, SIGSYS);
}
#endif

static int block_and_try(void) {
  sigset_t all, before, blocked;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  if (sigismember(&before, SIGUSR1) || !sigismember(&blocked, SIGUSR1) || sigismember(&blocked, SIGSYS)) return 1;
  raise(SIGUSR1); /* waits */
  const int error = make_socket();
  signal(SIGUSR1, SIG_IGN);
  sigprocmask(SIG_SETMASK, &before, NULL);
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  return sigismember(&blocked, SIGUSR1) ? 2 : error;
}

TEST(with_all_signals_blocked_a_refusal_is_still_told) {
  if (!jail_has_filter()) return;
  CHECK_REFUSED("", false, block_and_try, "refused: socket needs permission network");
}

/* Returning from a handler puts any mask in force. */
static void block_on_return(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  sigfillset(&((ucontext_t *)context)->uc_sigmask);
}
static int disarm_and_try(void) {
  sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = block_on_return, .sa_flags = SA_SIGINFO}, NULL);
  raise(SIGUSR1);
  return make_socket();
}

TEST(who_disarms_the_handler_dies_of_the_next_refused_call) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("", false, disarm_and_try).signal, SIGSYS);
}

/* ---- memory that is code ---- */

static int make_code(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}
static int map_code(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

TEST(no_memory_becomes_code_once_the_library_is_loaded) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("", false, make_code).code, 0);
  CHECK_REFUSED("", true, make_code, "refused: mprotect of executable memory is never allowed once the library is loaded");
  CHECK_REFUSED("", true, map_code, "refused: mmap of executable memory is never allowed once the library is loaded");
}

static atomic_int is_sealed;
static void *make_code_later(void *context) {
  while (!atomic_load(&is_sealed)) sched_yield();
  *(int *)context = make_code();
  return NULL;
}
static int seal_with_a_thread(void) {
  pthread_t thread;
  sb_options options;
  sb_sandbox_report report = {0};
  int error = 0;
  if (sb_options_parse("permission=threads", &options, NULL, 0) != SB_OK) return 1;
  if (pthread_create(&thread, NULL, make_code_later, &error) != 0) return 2;
  if (sb_sandbox_seal(&options, &report) != SB_OK) return 3;
  atomic_store(&is_sealed, 1);
  pthread_join(thread, NULL);
  return prctl(PR_GET_DUMPABLE) == 0 ? error : 4;
}

TEST(the_seal_holds_for_threads_that_the_library_has_started) {
  if (!jail_has_filter()) return;
  CHECK_EQUAL(jail_run("permission=threads", false, seal_with_a_thread).code, EPERM);
}
