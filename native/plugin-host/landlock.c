/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's numbers stand here, since the headers of a distribution are older than the kernels it may run on.
 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { VERSION_FLAG = 1, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2, KNOWN_VERSION = 7 };
enum { BIND_TCP = 1, CONNECT_TCP = 2 };

enum {
  EXECUTE = 1 << 0,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  REMOVE_DIR = 1 << 4,
  REMOVE_FILE = 1 << 5,
  MAKE_DIR = 1 << 7,
  MAKE_REG = 1 << 8,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
  IOCTL_DEV = 1 << 15,

  READ = READ_FILE | READ_DIR,
  WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE | IOCTL_DEV,
  RUN = READ | EXECUTE,
  OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
};

typedef struct ruleset {
  uint64_t files, ports, scopes; /* all that is refused unless a rule allows it */
} ruleset;

/* The first version with a right has all rights up to it. */
static ruleset handled(int version, const sb_options *options) {
  const bool network = options->permissions & SB_PERMIT_NETWORK && !options->service;
  return (ruleset){
      .files = version >= 5 ? 0xffff : version >= 3 ? 0x7fff : version >= 2 ? 0x3fff : 0x1fff,
      .ports = version >= 4 && !network ? BIND_TCP | CONNECT_TCP : 0,
      .scopes = version >= 6 ? 3 : 0,             /* abstract Unix sockets and signals */
  };
}

static bool add_rule(int rules, int file, uint64_t rights) {
  const struct {
    uint64_t rights;
    int32_t file;
  } __attribute__((packed)) rule = {rights, file};
  return syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* Of a plugin that has a server: that one's port, on whatever machine, is all that it may connect to. */
static bool allow_service(int rules, const ruleset *of, const sb_options *options) {
  const struct {
    uint64_t rights, port;
  } rule = {CONNECT_TCP, options->service_port};
  if (!of->ports || !options->service_port || !(options->permissions & SB_PERMIT_NETWORK)) return true;
  return syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0;
}

/* False only if the kernel refuses the rule: `is_there` says whether there is such a path. */
static bool allow(int rules, const ruleset *of, const char *path, uint64_t rights, bool *is_there) {
  const int file = open(path, O_PATH | O_CLOEXEC);
  *is_there = file >= 0;
  if (file < 0) return true;
  struct stat status;
  bool done = fstat(file, &status) == 0;
  if (done) done = add_rule(rules, file, rights & of->files & (S_ISDIR(status.st_mode) ? ~0ull : (uint64_t)OF_A_FILE));
  close(file);
  return done;
}

/* A path that was asked for must be there. */
static sb_status grant(int rules, const ruleset *of, const char *key, const char *path, uint64_t rights,
                       sb_sandbox_report *report) {
  bool is_there;
  if (!allow(rules, of, path, rights, &is_there)) return sb_report_failure(report, "%s=%s", key, path);
  if (!is_there && errno != EACCES) return sb_report_failure(report, "%s=%s", key, path);
  if (faccessat(AT_FDCWD, path, rights & WRITE_FILE ? R_OK | W_OK : R_OK, AT_EACCESS) != 0)
    sb_report_lack(report, "%s=%s is of no use, since user %u may not %s it", key, path, geteuid(),
                   rights & WRITE_FILE ? "write" : "read");
  return SB_OK;
}

static sb_status grant_options(int rules, const ruleset *of, const sb_options *options, sb_sandbox_report *report) {
  const uint64_t execute = options->permissions & SB_PERMIT_PROCESSES ? EXECUTE : 0;
  sb_status status = SB_OK;
  if (options->program) status = grant(rules, of, "program", options->program, RUN, report);
  if (status == SB_OK && options->program) status = grant(rules, of, "file", options->file, READ, report);
  if (status == SB_OK && options->program) status = grant(rules, of, "itself", "/proc/self", READ, report);
  if (status == SB_OK && options->folder) status = grant(rules, of, "folder", options->folder, READ | execute, report);
  if (status == SB_OK && options->data)
    status = grant(rules, of, "data", options->data, options->file_mb > 0 ? WRITE : READ, report);
  for (uint32_t i = 0; status == SB_OK && i < options->read_count; i++)
    status = grant(rules, of, "read", options->read[i], READ, report);
  for (uint32_t i = 0; status == SB_OK && i < options->write_count; i++)
    status = grant(rules, of, "write", options->write[i], WRITE, report);
  return status;
}

/* What any library may read, and what a permission needs; where it is there. */
static const struct {
  const char *path;
  uint64_t rights;
  uint32_t permission;
} common[] = {
    {"/lib", READ, 0},
    {"/lib64", READ, 0},
    {"/usr/lib", READ, 0},
    {"/usr/lib64", READ, 0},
    {"/usr/local/lib", READ, 0},
    {"/etc/ld.so.cache", READ, 0},
    {"/etc/localtime", READ, 0},
    {"/usr/share/zoneinfo", READ, 0},
    {"/usr/share/locale/locale.alias", READ, 0},
    {"/dev/null", READ | WRITE_FILE, 0},
    {"/dev/urandom", READ, 0},
    {"/proc/cpuinfo", READ, 0},
    {"/proc/meminfo", READ, 0},
    {"/proc/sys/vm/overcommit_memory", READ, 0}, /* malloc asks, where there are threads */
    {"/sys/devices/system/cpu", READ, 0},
    {"/etc/resolv.conf", READ, SB_PERMIT_NETWORK},
    {"/etc/nsswitch.conf", READ, SB_PERMIT_NETWORK},
    {"/etc/host.conf", READ, SB_PERMIT_NETWORK},
    {"/etc/hosts", READ, SB_PERMIT_NETWORK},
    {"/etc/gai.conf", READ, SB_PERMIT_NETWORK},
    {"/etc/services", READ, SB_PERMIT_NETWORK},
    {"/etc/ssl", READ, SB_PERMIT_NETWORK},
    {"/usr/share/ca-certificates", READ, SB_PERMIT_NETWORK},
    {"/bin", RUN, SB_PERMIT_PROCESSES},
    {"/lib", RUN, SB_PERMIT_PROCESSES},
    {"/lib64", RUN, SB_PERMIT_PROCESSES},
    {"/usr", RUN, SB_PERMIT_PROCESSES},
};

/* Those of what a program is loaded with, too. */
static bool allow_common(int rules, const ruleset *of, const sb_options *options) {
  for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
    bool is_there;
    const uint64_t execute = options->program && strstr(common[i].path, "/lib") ? EXECUTE : 0;
    if ((options->permissions & common[i].permission) != common[i].permission) continue;
    if (!allow(rules, of, common[i].path, common[i].rights | execute, &is_there)) return false;
  }
  return true;
}

sb_status sb_landlock_enter(const sb_options *options, sb_sandbox_report *report) {
  int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
  if (version < 1) {
    sb_report_lack(report, "no Landlock (%s), so files are kept only by their owners and modes", strerror(errno));
    return SB_OK;
  }
  if (version > KNOWN_VERSION) version = KNOWN_VERSION;
  if (version < 6)
    sb_report_lack(report, "Landlock %d knows %s", version, version < 4 ? "neither ports nor signals" : "no signals");
  const ruleset refused = handled(version, options);
  const int rules = (int)syscall(SYS_landlock_create_ruleset, &refused, sizeof refused, 0);
  if (rules < 0) return sb_report_failure(report, "Landlock %d", version);
  sb_status status = grant_options(rules, &refused, options, report);
  if (status == SB_OK && !(allow_common(rules, &refused, options) && allow_service(rules, &refused, options)))
    status = sb_report_failure(report, "Landlock's rules");
  if (status == SB_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
    status = sb_report_failure(report, "Landlock");
  close(rules);
  if (status == SB_OK) sb_report_force(report, "Landlock %d", version);
  return status;
}
