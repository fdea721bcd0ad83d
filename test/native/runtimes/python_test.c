/* SPDX-License-Identifier: Apache-2.0
 *
 * The adapter of plugins in Python, called as stagebox-plugin-host calls it, in its sandbox: the arrays that the plugin's
 * code sees are the blocks' own memory.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "error.h"
#include "plugin-host/jail.h"
#include "registrar.h"
#include "sealed_file.h"
#include "task.h"
#include "test_library.h"

enum { FRAMES = 4, CHANNELS = 5, VALUES = 3, STRIDE = 8, FEATURE_STRIDE = 16, GOOD = 0, NO_PYTHON = 77 };

static const char code[] =
    "import numpy as np\n"
    "def tell(row, array):\n"
    "    address = array.__array_interface__['data'][0]\n"
    "    row[:4] = [address >> bits & 0xffff for bits in (0, 16, 32, 48)]\n"
    "def places(samples, out):\n"
    "    tell(out[0], samples)\n"
    "    tell(out[1], out)\n"
    "    out[2] = samples[2] * 2\n"
    "    out[3] = samples.flags.writeable\n"
    "class Shapes:\n"
    "    def __init__(self, params, format):\n"
    "        self.output = format.replace(values=['a', 'b', 'c'])\n"
    "    def process(self, samples, out):\n"
    "        frames, values, channels = np.indices(out.shape)\n"
    "        out[:] = 100 * frames + 10 * values + channels\n"
    "def meddles(samples, out):\n"
    "    samples[0, 0] = 1\n";

static sb_stage_class stage_of(const char *type, uint32_t output) {
  return (sb_stage_class){.size = sizeof(sb_stage_class),
                          .type = type,
                          .name = type,
                          .category = "other",
                          .description = "For a test.",
                          .input = SB_PORT_SIGNAL,
                          .output = output};
}

static int adapter; /* its sealed copy */
static sb_task task;
static sb_ext_home home = {.size = sizeof home};

static const void *extension(const sb_host *host, const char *id) {
  (void)host;
  return strcmp(id, SB_EXT_TASK) == 0 ? (const void *)&task : strcmp(id, SB_EXT_HOME) == 0 ? &home : NULL;
}

static sb_registry *opened(void) {
  static sb_host host;
  host = sb_engine_host;
  host.extension = extension;
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", adapter);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  sb_entry entry;
  if (!library || sb_entry_find(library, &entry) != SB_OK) return printf("%s\n", dlerror()), NULL;
  sb_registry *registry = sb_registry_create();
  registry->is_adapted = true;
  const sb_status status = sb_registry_finish(registry, entry.enroll(&host, &registry->registrar));
  if (status != SB_OK) fprintf(stderr, "%s\n", sb_last_error());
  return status == SB_OK ? registry : NULL;
}

static float in_data[FRAMES * STRIDE] __attribute__((aligned(64)));
static float out_data[FRAMES * FEATURE_STRIDE] __attribute__((aligned(64)));
static sb_event in_events[SB_BLOCK_MAX_EVENTS], out_events[SB_BLOCK_MAX_EVENTS];

static char last_value[8]; /* the name of what comes out last; the format's texts go with the instance */

/* One block of 0, 1, 2 ... through a new instance. */
static sb_status run(const sb_stage_class *stage, sb_format *out) {
  static const char *const names[] = {"a", "b", "c", "d", "e"};
  const sb_format in = {.size = sizeof in, .port = SB_PORT_SIGNAL, .rate_hz = 250, .channels = CHANNELS, .values = 1, .max_frames = FRAMES, .unit = "uV", .channel_names = names};
  for (int i = 0; i < FRAMES * STRIDE; i++) in_data[i] = (float)i;
  const sb_block from = {.size = sizeof from, .rate_hz = 250, .frames = FRAMES, .channels = CHANNELS, .values = 1, .stride = STRIDE, .data = in_data, .events = in_events};
  void *self;
  *out = in;
  out->port = stage->output;
  sb_status status = stage->create(&sb_engine_host, NULL, &self);
  if (status == SB_OK) status = stage->activate(self, &sb_engine_host, &in, out);
  if (status != SB_OK) return status;
  snprintf(last_value, sizeof last_value, "%s", out->value_names ? out->value_names[out->values - 1] : "");
  sb_block to = from;
  to.values = out->values;
  to.stride = sb_stride(out->channels, out->values);
  to.data = out_data;
  to.events = out_events;
  status = stage->process(self, &from, &to);
  stage->deactivate(self);
  stage->destroy(self);
  return status;
}

static uintptr_t address_in(const float *row) {
  uintptr_t address = 0;
  for (int i = 0; i < 4; i++) address |= (uintptr_t)row[i] << 16 * i;
  return address;
}

/* Each expectation has a number, which the process ends with. */
#define EXPECT(NUMBER, CONDITION)                                            \
  if (!(CONDITION)) {                                                        \
    fprintf(stderr, "%s: %s\n", #CONDITION, sb_last_error()); \
    return NUMBER;                                                           \
  }

static int body(void) {
  sb_format out;
  sb_registry *registry = opened();
  if (!registry && strstr(sb_last_error(), "missing on this machine")) return NO_PYTHON;
  EXPECT(1, registry && registry->stage_count == 3);
  EXPECT(2, run(registry->stages[0], &out) == SB_OK);
  EXPECT(3, address_in(out_data) == (uintptr_t)in_data);
  EXPECT(4, address_in(out_data + STRIDE) == (uintptr_t)out_data);
  for (int i = 0; i < CHANNELS; i++) EXPECT(5, out_data[2 * STRIDE + i] == 2 * in_data[2 * STRIDE + i]);
  EXPECT(6, out_data[3 * STRIDE] == 0); /* samples are to be read only */

  EXPECT(7, run(registry->stages[1], &out) == SB_OK);
  EXPECT(8, out.values == VALUES && strcmp(last_value, "c") == 0);
  for (int f = 0; f < FRAMES; f++)
    for (int v = 0; v < VALUES; v++)
      for (int c = 0; c < CHANNELS; c++)
        EXPECT(9, out_data[f * FEATURE_STRIDE + v * CHANNELS + c] == (float)(100 * f + 10 * v + c));

  EXPECT(10, run(registry->stages[2], &out) == SB_CRASHED);
  EXPECT(11, strstr(sb_last_error(), "read-only") && strstr(sb_last_error(), ".py:17"));
  EXPECT(12, in_data[0] == 0);
  return GOOD;
}

TEST(arrays_in_python_are_the_blocks_memory) {
  static sb_stage_class stages[3];
  static const sb_stage_class *pointers[3];
  stages[0] = stage_of("places", SB_PORT_SIGNAL);
  stages[1] = stage_of("shapes", SB_PORT_FEATURES);
  stages[2] = stage_of("meddles", SB_PORT_SIGNAL);
  for (int i = 0; i < 3; i++) pointers[i] = &stages[i];
  if (!CHECK((adapter = sb_sealed_file_copy(SB_PYTHON_ADAPTER)) >= 0)) return;
  char folder[160], file[200], options[400];
  snprintf(folder, sizeof folder, "%s", jail_folder());
  snprintf(file, sizeof file, "%s/stage.py", folder);
  test_write(file, code, strlen(code));
  task = (sb_task){.file = file, .classes = {pointers, NULL, 3, 0}};
  snprintf(options, sizeof options, "memory_mb=384\nfolder=%s\n", folder);
  const jail_end end = jail_run(options, false, body);
  if (end.code == NO_PYTHON) check_skip("this machine has no libpython3 or no numpy");
  else check_that(end.code == GOOD, __FILE__, __LINE__, "ended with %d, signal %d: %s", end.code, end.signal, end.words);
  close(adapter);
}
