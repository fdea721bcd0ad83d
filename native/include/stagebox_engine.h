/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine as the control plane sees it through bun:ffi. Private: it changes with the control plane, and
 * src/native/abi.generated.ts is made from it (scripts/bindings).
 *
 * All functions are called by one control thread, unless tagged otherwise. Those that return int32_t return an
 * sb_status; the words for a failure are in sb_last_error(). Pointers stay with whoever created them: `create` and
 * `destroy` come in pairs, and a plan, once swapped in, belongs to its session.
 */
#ifndef STAGEBOX_ENGINE_H
#define STAGEBOX_ENGINE_H

#include <stdint.h>

#define SB_EXPORT __attribute__((visibility("default")))

typedef struct sb_main_part sb_main_part; /* a plugin's process that is no stage */
typedef struct sb_library sb_library; /* a plugin's library: classes of sources and stages */
typedef struct sb_node sb_node;       /* an instance of a source or stage */
typedef struct sb_tap sb_tap;         /* where packets leave the data plane */
typedef struct sb_plan sb_plan;       /* which node runs where, after which */
typedef struct sb_session sb_session; /* one running graph */

/* ---- the library ---- */

/* "0.1.0" */
SB_EXPORT const char *sb_version(void);

/* The instruction set the kernels use: "avx2". */
SB_EXPORT const char *sb_simd(void);

/* All built-in components with their parameter tables, as JSON; made once. */
SB_EXPORT const char *sb_catalog(void);

/* What went wrong in the last call that failed, in a sentence. */
SB_EXPORT const char *sb_last_error(void);

/* CLOCK_MONOTONIC, the time that blocks carry. */
SB_EXPORT int64_t sb_now_ns(void);

/* ---- libraries ---- */

/* A program file of `count` bytes in memory, for an executable that carries others inside; its descriptor, which stays
 * open, or -1. It can be run as /proc/PID/fd/N. */
SB_EXPORT int32_t sb_program_file(const char *name, const uint8_t *bytes, double count);

/* The stagebox-plugin-host to run isolated plugins with: a path. Before the first sb_library_open. */
SB_EXPORT void sb_set_plugin_host(const char *path);

/* What a library file says about itself, none of it being run, as JSON: abi "1.0.0", warning (absent if there is none).
 * 0: it would be refused; sb_last_error says why. */
SB_EXPORT const char *sb_library_inspect(const char *path);

/* A plugin's library. The file is copied into memory that nothing can change any more; the copy is what is checked and,
 * if it may, run. `options` are lines "key=value" (engine/library/options.h). 0: refused, and none of it was run.
 * Returns at once: poll until it is ready. */
SB_EXPORT sb_library *sb_library_open(const char *path, const char *options);

/* The same of `count` bytes, for whoever has looked at them and wants to run just these; `path` is for messages. */
SB_EXPORT sb_library *sb_library_open_bytes(const char *path, const uint8_t *bytes, double count, const char *options);

/* SB_AGAIN until the library has registered its classes; SB_OK from then on; a failure: why it cannot be used. */
SB_EXPORT int32_t sb_library_poll(sb_library *library);

/* Its classes with their parameter tables, as sb_catalog has them. Once it is ready. */
SB_EXPORT const char *sb_library_catalog(const sb_library *library);

/* What the library and its processes wrote since the last call, and what the sandbox refused them: lines, or "". */
SB_EXPORT const char *sb_library_log(sb_library *library);

/* Protections in force, in words: "no_new_privs, rlimits, Landlock 7, seccomp"; "" in this process. Once it is ready. */
SB_EXPORT const char *sb_library_sandbox(const sb_library *library);

/* Fourier transforms that stages made from now on use: "built-in", or the name of a backend that a library in this process
 * offered (ext/draft/fft_backend.h). */
SB_EXPORT const char *sb_fft_backend_name(void);

/* When no node of it is left. */
SB_EXPORT void sb_library_close(sb_library *library);

/* ---- main parts ---- */

typedef enum sb_main_news {
  SB_MAIN_TEXT = 1, /* it says something */
  SB_MAIN_GONE = 2, /* it is no more; the words say why */
} sb_main_news;

/* The main part (engine/isolated/main_part.h) of a library that was opened with the option part=main and is ready: the
 * process that has registered waits for its sign. 0: sb_last_error says why. `number` names it in what is polled. */
SB_EXPORT sb_main_part *sb_main_part_create(sb_library *library, uint32_t number);

/* The sign, with what it is to know, as JSON. Once it is gone: starts a process in its place. */
SB_EXPORT int32_t sb_main_part_begin(sb_main_part *part, const char *context);

/* SB_AGAIN: it has not taken what was sent before, or is gone. Never blocks. */
SB_EXPORT int32_t sb_main_part_send(sb_main_part *part, const char *text, uint32_t bytes);

/* Ends it; that it is gone, and why, is told as of any other. */
SB_EXPORT void sb_main_part_kill(sb_main_part *part, const char *why);

/* Looks after all main parts, and puts what is new of them into `to`: number, sb_main_news, count of bytes (32 bits
 * each), and the bytes, for each. What has no room there comes with the next call: let there be 512 KB. Returns how many
 * bytes that is. Never blocks. */
SB_EXPORT uint32_t sb_main_parts_poll(uint8_t *to, uint32_t room);

/* Two numbers: bytes of its memory, and the processor time that it has used, in nanoseconds. */
SB_EXPORT void sb_main_part_usage(const sb_main_part *part, double *out);

/* `was_asked`: it was told to end, and may take a moment. The library may be closed from then on. */
SB_EXPORT void sb_main_part_destroy(sb_main_part *part, uint32_t was_asked);

/* Two files or folders of one file system change names in one step: nobody sees a moment without either.
 * SB_UNSUPPORTED where the file system cannot. */
SB_EXPORT int32_t sb_swap_paths(const char *a, const char *b);

/* Sends one datagram to the service manager that NOTIFY_SOCKET names, as sd_notify(3) does: "READY=1\nSTATUS=...". Never
 * waits. SB_NOT_FOUND if there is none, SB_UNSUPPORTED for an address of another kind, SB_IO if nobody listens or its
 * queue is full. [any] */
SB_EXPORT int32_t sb_service_notify(const char *state);

/* ---- nodes ---- */

/* A source or stage of the named type, all parameters zero; library 0: built in. 0 if there is no such type. */
SB_EXPORT sb_node *sb_node_create(sb_library *library, const char *type, uint32_t is_source);

/* Sets a parameter before activation. */
SB_EXPORT int32_t sb_node_set_number(sb_node *node, const char *param, double number);

/* Sets a list (columns 1), bands (columns 2, with texts) or a matrix: rows x columns numbers. */
SB_EXPORT int32_t sb_node_set_numbers(sb_node *node, const char *param, const double *numbers, uint32_t rows, uint32_t columns);

/* Sets a text or names: `count` strings, each closed by a zero byte, one after the other. */
SB_EXPORT int32_t sb_node_set_texts(sb_node *node, const char *param, const char *texts, uint32_t count);

/* Makes the instance and readies it for its input; upstream is 0 for a source. SB_AGAIN: a plugin's instance is being
 * made; call again until it is. */
SB_EXPORT int32_t sb_node_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames);

/* What the node puts out, as JSON: port, rate_hz, channels, values, unit, names. Valid until the next call. */
SB_EXPORT const char *sb_node_format(const sb_node *node);

/* 1: it holds Fourier transforms of the backend that was in force when it was activated (sb_fft_backend_name). */
SB_EXPORT int32_t sb_node_transforms(const sb_node *node);

/* Changes a live parameter between two blocks. */
SB_EXPORT int32_t sb_node_change(sb_node *node, const char *param, double number);

/* Whether a plugin's instance is there: SB_OK; SB_AGAIN while a restart is under way; SB_CRASHED or SB_LATE (it hangs):
 * it is gone, why is in sb_last_error, and until sb_node_restart the late policy stands in. Looks for hangs: call it some
 * ten times a second. SB_OK for built-in nodes. */
SB_EXPORT int32_t sb_node_watch(sb_node *node);

/* Makes a new instance in the place of one that is gone, with the state that was saved last. Returns at once: watch. */
SB_EXPORT int32_t sb_node_restart(sb_node *node);

/* Fills the counters of SB_NODE_*; times are since the node was created. */
SB_EXPORT void sb_node_stats(const sb_node *node, double *out);

/* The node must not be in a plan that runs. */
SB_EXPORT void sb_node_destroy(sb_node *node);

enum {
  SB_NODE_BLOCKS,      /* process calls */
  SB_NODE_FRAMES,      /* frames put out; of a sink: frames taken */
  SB_NODE_FAULTS,      /* process calls that failed */
  SB_NODE_P50_NS,      /* time of a process call; off line one in eight is timed, and the total is scaled up */
  SB_NODE_P99_NS,
  SB_NODE_MAX_NS,
  SB_NODE_TOTAL_NS,
  SB_NODE_LATENCY_NS,  /* group delay that the stage adds to the signal */
  SB_NODE_LATE,        /* answers of a plugin that were not there by their deadline */
  SB_NODE_SUBSTITUTED, /* blocks for which the late policy stood in */
  SB_NODE_BAD_BLOCKS,  /* blocks with numbers that are not finite, or of a shape that was not agreed */
  SB_NODE_CRASHES,
  SB_NODE_RESTARTS,
  SB_NODE_MEMORY_BYTES, /* resident, of an instance in a process of its own */
  SB_NODE_CPU_NS,       /* that its processes have used */
  SB_NODE_STATS,
};

/* ---- a replay node's data ---- */

/* Before activation: what will be fed. `names` as for sb_node_set_texts; room for `capacity` frames. */
SB_EXPORT int32_t sb_feed_open(sb_node *node, double rate_hz, uint32_t channels, const char *names, const char *unit, uint32_t capacity);

/* Appends frames x channels samples (channel fastest). Returns the frames taken, fewer when it is full. */
SB_EXPORT int32_t sb_feed_write(sb_node *node, const float *samples, uint32_t frames);

/* An event at a frame, counted over all frames fed, not yet written. SB_FULL: later. */
SB_EXPORT int32_t sb_feed_event(sb_node *node, double frame, double duration_s, const char *label);

/* `lost` frames are missing before that frame. SB_FULL: later. */
SB_EXPORT int32_t sb_feed_gap(sb_node *node, double frame, uint32_t lost);

/* Nothing more will come. */
SB_EXPORT void sb_feed_end(sb_node *node);

/* ---- taps ---- */

/* A tap on the node's output, with room for about `seconds` of it. */
SB_EXPORT sb_tap *sb_tap_create(const sb_node *upstream, double seconds);

/* The tap's memory, for one ArrayBuffer of sb_tap_bytes bytes in which all offsets lie. */
SB_EXPORT void *sb_tap_memory(const sb_tap *tap);
SB_EXPORT double sb_tap_bytes(const sb_tap *tap);

/* Offset of the oldest packet (sb_packet, rows without padding), or -1 if there is none. */
SB_EXPORT double sb_tap_peek(const sb_tap *tap);

/* Gives the oldest packet's room back. */
SB_EXPORT void sb_tap_release(sb_tap *tap);

/* Frames the tap had no room for. */
SB_EXPORT double sb_tap_lost(const sb_tap *tap);

/* The tap must not be in a plan that runs. */
SB_EXPORT void sb_tap_destroy(sb_tap *tap);

/* ---- sessions ---- */

/* A session on an activated source. speed 1: as fast as the signal was; 0: as fast as it goes. `lossless`: full rings
 * and taps make their writers wait, and times count from 0 (for files), instead of dropping packets (for devices). */
SB_EXPORT sb_session *sb_session_create(sb_node *source, uint32_t block_frames, double speed, uint32_t lossless);

/* The source ends after `frames` frames, unless it does so earlier. Before start. */
SB_EXPORT void sb_session_end_after(sb_session *session, double frames);

SB_EXPORT sb_plan *sb_plan_create(void);

/* Stages are added in an order in which each comes after its upstream. `group` names its thread, core -1 is any. */
SB_EXPORT int32_t sb_plan_add_node(sb_plan *plan, sb_node *node, sb_node *upstream, const char *group, int32_t core);

SB_EXPORT int32_t sb_plan_add_tap(sb_plan *plan, sb_tap *tap, sb_node *upstream);

/* `to` takes over the running state of `from` at the swap, if both can and it fits. */
SB_EXPORT int32_t sb_plan_add_heir(sb_plan *plan, sb_node *from, sb_node *to);

/* A plan that was never swapped in. */
SB_EXPORT void sb_plan_destroy(sb_plan *plan);

/* Puts the plan in the place of the running one between two packets: no frame is lost or repeated. SB_AGAIN if the
 * packets under way did not drain within timeout_us: drain taps and call again. Before start it takes effect at once. */
SB_EXPORT int32_t sb_session_swap(sb_session *session, sb_plan *plan, uint32_t timeout_us);

SB_EXPORT int32_t sb_session_start(sb_session *session);

/* Sets an event at the block that now begins. SB_FULL if too many are waiting. */
SB_EXPORT int32_t sb_session_mark(sb_session *session, const char *label, double duration_s);

/* Waits until a tap has data, the source wants data, or the time is over. */
SB_EXPORT void sb_session_wait(sb_session *session, uint32_t timeout_us);

/* 1: the source has ended and everything behind it is done. Costs next to nothing, so ask as often as you like. */
SB_EXPORT int32_t sb_session_has_ended(const sb_session *session);

/* Fills the counters of SB_SESSION_*. */
SB_EXPORT void sb_session_stats(const sb_session *session, double *out);

/* Fills the counters of SB_GROUP_* of group `index`; returns its name, or 0 behind the last. */
SB_EXPORT const char *sb_session_group_stats(const sb_session *session, uint32_t index, double *out);

/* Ends all threads; blocks under way are completed. */
SB_EXPORT void sb_session_stop(sb_session *session);

/* Stops it if it runs. Nodes and taps stay with whoever created them. */
SB_EXPORT void sb_session_destroy(sb_session *session);

enum {
  SB_SESSION_BLOCKS,
  SB_SESSION_FRAMES,
  SB_SESSION_LOST_FRAMES, /* by the source */
  SB_SESSION_WAITS,       /* times the source had nothing yet */
  SB_SESSION_START_NS,    /* CLOCK_MONOTONIC of frame 0 */
  SB_SESSION_DRIFT_PPM,   /* of the source's clock against CLOCK_MONOTONIC */
  SB_SESSION_JITTER_NS,   /* typical distance of arrivals from the fitted clock */
  SB_SESSION_P50_WAKE_NS, /* how late the source's thread woke */
  SB_SESSION_P99_WAKE_NS,
  SB_SESSION_MAX_WAKE_NS,
  SB_SESSION_REALTIME,    /* 1: SCHED_FIFO was granted */
  SB_SESSION_STATS,
};

enum {
  SB_GROUP_BLOCKS,
  SB_GROUP_OVERRUNS,      /* blocks whose computation took longer than they last */
  SB_GROUP_LATE,          /* blocks that were not finished when the next one was there */
  SB_GROUP_LOST_FRAMES,   /* dropped because the group was behind */
  SB_GROUP_DEADLINE_NS,   /* length of a block */
  SB_GROUP_P50_NS,        /* time of a whole block */
  SB_GROUP_P99_NS,
  SB_GROUP_MAX_NS,
  SB_GROUP_CORE,          /* -1: any */
  SB_GROUP_REALTIME,
  SB_GROUP_STATS,
};

/* ---- yardsticks ---- */

/* What `bytes` bytes cost without an engine: copied by a plain function, and sent through a pipe to another thread and
 * back. Fills SB_YARDSTICK_* with times of one round. Blocks for all of them. */
SB_EXPORT int32_t sb_yardstick_call(uint32_t bytes, uint32_t rounds, double *out);
SB_EXPORT int32_t sb_yardstick_pipe(uint32_t bytes, uint32_t rounds, double *out);

enum {
  SB_YARDSTICK_P50_NS,
  SB_YARDSTICK_P99_NS,
  SB_YARDSTICK_STATS,
};

#endif
