/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool give_folder(const char *path) {
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return false;
  const bool given = fchown(folder, SB_NOBODY, SB_NOBODY) == 0;
  close(folder);
  return given;
}

static bool keep_capabilities(uint32_t kept, uint32_t handed_on) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {
      {.effective = kept, .permitted = kept, .inheritable = handed_on}};
  return syscall(SYS_capset, &header, sets) == 0;
}

/* Those that a program would get are gone with them. */
static bool clear_capabilities(void) { return keep_capabilities(0, 0); }

/* Root's folders are closed to everybody else, those that the plugin was granted too. Landlock says which it may enter;
 * to get there, and only there, it keeps root's right to pass. */
static const uint32_t PASS_FILES = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH;

/* To the program that the process becomes. */
static bool hand_on_passing(void) {
  if (!keep_capabilities(PASS_FILES, PASS_FILES)) return false;
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0) == 0 &&
         prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0) == 0;
}

static bool drop_identity(bool becomes_program) {
  for (int capability = 0; capability < 64; capability++)
    if (!becomes_program || capability >= 32 || !(PASS_FILES & 1u << capability))
      prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (geteuid() != 0) return clear_capabilities();
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
      setresgid(SB_NOBODY, SB_NOBODY, SB_NOBODY) != 0 || setresuid(SB_NOBODY, SB_NOBODY, SB_NOBODY) != 0)
    return false;
  return becomes_program ? hand_on_passing() : keep_capabilities(PASS_FILES, 0);
}

sb_status sb_identity_drop(const sb_options *options, sb_sandbox_report *report) {
  const bool is_root = geteuid() == 0;
  if (is_root && options->data && !give_folder(options->data))
    return sb_report_failure(report, "data=%s", options->data);
  if (!drop_identity(options->program)) return sb_report_failure(report, "to become user %d without capabilities", SB_NOBODY);
  if (is_root) sb_report_force(report, "user %d", SB_NOBODY);
  else sb_report_force(report, "no capabilities");
  return SB_OK;
}

static bool write_file(const char *path, const char *text, int length) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = write(file, text, (size_t)length) == length;
  close(file);
  return done;
}

bool sb_identity_count_apart(void) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* to write to /proc/self */
  if (unshare(CLONE_NEWUSER) != 0) return false;
  char map[48];
  write_file("/proc/self/uid_map", map, snprintf(map, sizeof map, "%u %u 1", user, user));
  if (write_file("/proc/self/setgroups", "deny", 4))
    write_file("/proc/self/gid_map", map, snprintf(map, sizeof map, "%u %u 1", group, group));
  return clear_capabilities(); /* those of the namespace */
}

sb_status sb_identity_settle(sb_sandbox_report *report) {
  if (strstr(report->in_force, "Landlock") || clear_capabilities()) return SB_OK;
  return sb_report_failure(report, "to give up root's rights");
}

sb_status sb_identity_bind(int parent, sb_sandbox_report *report) {
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return sb_report_failure(report, "to see its own open files");
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return sb_report_failure(report, "to end with the process that started it");
  if (getppid() != parent) {
    errno = ESRCH;
    return sb_report_failure(report, "the process that started this one");
  }
  return SB_OK;
}
