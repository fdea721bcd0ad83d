/* SPDX-License-Identifier: Apache-2.0
 *
 * A stage that says, when it registers, what it was given: settings, limits, and what it may do. It is told by the
 * compiler what to try.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stagebox/ext/draft/home.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

SB_PLUGIN

static void *spin(void *nothing) {
  for (volatile int i = 0;; i = 0) (void)i;
  return nothing;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  pthread_t thread;
  (void)host, (void)values;
  *self = NULL;
  pthread_create(&thread, NULL, spin, NULL);
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in, (void)out;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  (void)self;
  memcpy(out->data, in->data, sizeof(float) * in->stride * in->frames);
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

static const sb_stage_class witness = {
    .size = sizeof(sb_stage_class),
    .type = "witness",
    .name = "Witness",
    .category = "utility",
    .description = "Says what it was given, and works a thread as hard as it can.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = deactivate,
};

static unsigned long long limit(__rlimit_resource_t resource) {
  struct rlimit now;
  return getrlimit(resource, &now) == 0 ? now.rlim_cur : 0;
}

/* How many bytes of 8 MB can be written there; -1 if it cannot be opened. */
static long written(const char *path) {
  static const char megabyte[1 << 20];
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  long count = 0;
  if (file < 0) return -1;
  for (int i = 0; i < 8; i++) {
    const ssize_t bytes = write(file, megabyte, sizeof megabyte);
    if (bytes <= 0) break;
    count += bytes;
  }
  close(file);
  return count;
}

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
  const int file = open(READS, O_RDONLY), network = socket(AF_INET, SOCK_STREAM, 0);
  fprintf(stderr, "config %s\n", home && home->config ? home->config : "none");
  fprintf(stderr, "file size %llu\n", limit(RLIMIT_FSIZE));
  fprintf(stderr, "reads %s\n", file < 0 ? "no" : "yes");
  fprintf(stderr, "network %s\n", network < 0 ? "no" : "yes");
  fprintf(stderr, "writes %ld\n", written(WRITES));
  if (file >= 0) close(file);
  if (network >= 0) close(network);
  return registrar->add_stage(registrar, &witness);
}
