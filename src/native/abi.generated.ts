// SPDX-License-Identifier: Apache-2.0
// Made from native/include by `npm run bindings`: change the headers, not this file.
export const symbols = {
  /**
   * "0.1.0"
   * `const char *sb_version(void)`
   */
  sb_version: { args: [], returns: "cstring" },
  /**
   * The instruction set the kernels use: "avx2".
   * `const char *sb_simd(void)`
   */
  sb_simd: { args: [], returns: "cstring" },
  /**
   * All built-in components with their parameter tables, as JSON; made once.
   * `const char *sb_catalog(void)`
   */
  sb_catalog: { args: [], returns: "cstring" },
  /**
   * What went wrong in the last call that failed, in a sentence.
   * `const char *sb_last_error(void)`
   */
  sb_last_error: { args: [], returns: "cstring" },
  /**
   * CLOCK_MONOTONIC, the time that blocks carry.
   * `int64_t sb_now_ns(void)`
   */
  sb_now_ns: { args: [], returns: "i64" },
  /**
   * A program file of `count` bytes in memory, for an executable that carries others inside; its descriptor, which stays
   * open, or -1. It can be run as /proc/PID/fd/N.
   * `int32_t sb_program_file(const char *name, const uint8_t *bytes, double count)`
   */
  sb_program_file: { args: ["ptr", "ptr", "f64"], returns: "i32" },
  /**
   * The stagebox-plugin-host to run isolated plugins with: a path. Before the first sb_library_open.
   * `void sb_set_plugin_host(const char *path)`
   */
  sb_set_plugin_host: { args: ["ptr"], returns: "void" },
  /**
   * What a library file says about itself, none of it being run, as JSON: abi "1.0.0", warning (absent if there is none).
   * 0: it would be refused; sb_last_error says why.
   * `const char *sb_library_inspect(const char *path)`
   */
  sb_library_inspect: { args: ["ptr"], returns: "cstring" },
  /**
   * A plugin's library. The file is copied into memory that nothing can change any more; the copy is what is checked and,
   * if it may, run. `options` are lines "key=value" (engine/library/options.h). 0: refused, and none of it was run.
   * Returns at once: poll until it is ready.
   * `sb_library *sb_library_open(const char *path, const char *options)`
   */
  sb_library_open: { args: ["ptr", "ptr"], returns: "ptr" },
  /**
   * The same of `count` bytes, for whoever has looked at them and wants to run just these; `path` is for messages.
   * `sb_library *sb_library_open_bytes(const char *path, const uint8_t *bytes, double count, const char *options)`
   */
  sb_library_open_bytes: { args: ["ptr", "ptr", "f64", "ptr"], returns: "ptr" },
  /**
   * SB_AGAIN until the library has registered its classes; SB_OK from then on; a failure: why it cannot be used.
   * `int32_t sb_library_poll(sb_library *library)`
   */
  sb_library_poll: { args: ["ptr"], returns: "i32" },
  /**
   * Its classes with their parameter tables, as sb_catalog has them. Once it is ready.
   * `const char *sb_library_catalog(const sb_library *library)`
   */
  sb_library_catalog: { args: ["ptr"], returns: "cstring" },
  /**
   * What the library and its processes wrote since the last call, and what the sandbox refused them: lines, or "".
   * `const char *sb_library_log(sb_library *library)`
   */
  sb_library_log: { args: ["ptr"], returns: "cstring" },
  /**
   * Protections in force, in words: "no_new_privs, rlimits, Landlock 7, seccomp"; "" in this process. Once it is ready.
   * `const char *sb_library_sandbox(const sb_library *library)`
   */
  sb_library_sandbox: { args: ["ptr"], returns: "cstring" },
  /**
   * Fourier transforms that stages made from now on use: "built-in", or the name of a backend that a library in this process
   * offered (ext/draft/fft_backend.h).
   * `const char *sb_fft_backend_name(void)`
   */
  sb_fft_backend_name: { args: [], returns: "cstring" },
  /**
   * When no node of it is left.
   * `void sb_library_close(sb_library *library)`
   */
  sb_library_close: { args: ["ptr"], returns: "void" },
  /**
   * The main part (engine/isolated/main_part.h) of a library that was opened with the option part=main and is ready: the
   * process that has registered waits for its sign. 0: sb_last_error says why. `number` names it in what is polled.
   * `sb_main_part *sb_main_part_create(sb_library *library, uint32_t number)`
   */
  sb_main_part_create: { args: ["ptr", "u32"], returns: "ptr" },
  /**
   * The sign, with what it is to know, as JSON. Once it is gone: starts a process in its place.
   * `int32_t sb_main_part_begin(sb_main_part *part, const char *context)`
   */
  sb_main_part_begin: { args: ["ptr", "ptr"], returns: "i32" },
  /**
   * SB_AGAIN: it has not taken what was sent before, or is gone. Never blocks.
   * `int32_t sb_main_part_send(sb_main_part *part, const char *text, uint32_t bytes)`
   */
  sb_main_part_send: { args: ["ptr", "ptr", "u32"], returns: "i32" },
  /**
   * Ends it; that it is gone, and why, is told as of any other.
   * `void sb_main_part_kill(sb_main_part *part, const char *why)`
   */
  sb_main_part_kill: { args: ["ptr", "ptr"], returns: "void" },
  /**
   * Looks after all main parts, and puts what is new of them into `to`: number, sb_main_news, count of bytes (32 bits
   * each), and the bytes, for each. What has no room there comes with the next call: let there be 512 KB. Returns how many
   * bytes that is. Never blocks.
   * `uint32_t sb_main_parts_poll(uint8_t *to, uint32_t room)`
   */
  sb_main_parts_poll: { args: ["ptr", "u32"], returns: "u32" },
  /**
   * Two numbers: bytes of its memory, and the processor time that it has used, in nanoseconds.
   * `void sb_main_part_usage(const sb_main_part *part, double *out)`
   */
  sb_main_part_usage: { args: ["ptr", "ptr"], returns: "void" },
  /**
   * `was_asked`: it was told to end, and may take a moment. The library may be closed from then on.
   * `void sb_main_part_destroy(sb_main_part *part, uint32_t was_asked)`
   */
  sb_main_part_destroy: { args: ["ptr", "u32"], returns: "void" },
  /**
   * Two files or folders of one file system change names in one step: nobody sees a moment without either.
   * SB_UNSUPPORTED where the file system cannot.
   * `int32_t sb_swap_paths(const char *a, const char *b)`
   */
  sb_swap_paths: { args: ["ptr", "ptr"], returns: "i32" },
  /**
   * Sends one datagram to the service manager that NOTIFY_SOCKET names, as sd_notify(3) does: "READY=1\nSTATUS=...". Never
   * waits. SB_NOT_FOUND if there is none, SB_UNSUPPORTED for an address of another kind, SB_IO if nobody listens or its
   * queue is full. [any]
   * `int32_t sb_service_notify(const char *state)`
   */
  sb_service_notify: { args: ["ptr"], returns: "i32" },
  /**
   * A source or stage of the named type, all parameters zero; library 0: built in. 0 if there is no such type.
   * `sb_node *sb_node_create(sb_library *library, const char *type, uint32_t is_source)`
   */
  sb_node_create: { args: ["ptr", "ptr", "u32"], returns: "ptr" },
  /**
   * Sets a parameter before activation.
   * `int32_t sb_node_set_number(sb_node *node, const char *param, double number)`
   */
  sb_node_set_number: { args: ["ptr", "ptr", "f64"], returns: "i32" },
  /**
   * Sets a list (columns 1), bands (columns 2, with texts) or a matrix: rows x columns numbers.
   * `int32_t sb_node_set_numbers(sb_node *node, const char *param, const double *numbers, uint32_t rows, uint32_t columns)`
   */
  sb_node_set_numbers: { args: ["ptr", "ptr", "ptr", "u32", "u32"], returns: "i32" },
  /**
   * Sets a text or names: `count` strings, each closed by a zero byte, one after the other.
   * `int32_t sb_node_set_texts(sb_node *node, const char *param, const char *texts, uint32_t count)`
   */
  sb_node_set_texts: { args: ["ptr", "ptr", "ptr", "u32"], returns: "i32" },
  /**
   * Makes the instance and readies it for its input; upstream is 0 for a source. SB_AGAIN: a plugin's instance is being
   * made; call again until it is.
   * `int32_t sb_node_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames)`
   */
  sb_node_activate: { args: ["ptr", "ptr", "u32"], returns: "i32" },
  /**
   * What the node puts out, as JSON: port, rate_hz, channels, values, unit, names. Valid until the next call.
   * `const char *sb_node_format(const sb_node *node)`
   */
  sb_node_format: { args: ["ptr"], returns: "cstring" },
  /**
   * 1: it holds Fourier transforms of the backend that was in force when it was activated (sb_fft_backend_name).
   * `int32_t sb_node_transforms(const sb_node *node)`
   */
  sb_node_transforms: { args: ["ptr"], returns: "i32" },
  /**
   * Changes a live parameter between two blocks.
   * `int32_t sb_node_change(sb_node *node, const char *param, double number)`
   */
  sb_node_change: { args: ["ptr", "ptr", "f64"], returns: "i32" },
  /**
   * Whether a plugin's instance is there: SB_OK; SB_AGAIN while a restart is under way; SB_CRASHED or SB_LATE (it hangs):
   * it is gone, why is in sb_last_error, and until sb_node_restart the late policy stands in. Looks for hangs: call it some
   * ten times a second. SB_OK for built-in nodes.
   * `int32_t sb_node_watch(sb_node *node)`
   */
  sb_node_watch: { args: ["ptr"], returns: "i32" },
  /**
   * Makes a new instance in the place of one that is gone, with the state that was saved last. Returns at once: watch.
   * `int32_t sb_node_restart(sb_node *node)`
   */
  sb_node_restart: { args: ["ptr"], returns: "i32" },
  /**
   * Fills the counters of SB_NODE_*; times are since the node was created.
   * `void sb_node_stats(const sb_node *node, double *out)`
   */
  sb_node_stats: { args: ["ptr", "ptr"], returns: "void" },
  /**
   * The node must not be in a plan that runs.
   * `void sb_node_destroy(sb_node *node)`
   */
  sb_node_destroy: { args: ["ptr"], returns: "void" },
  /**
   * Before activation: what will be fed. `names` as for sb_node_set_texts; room for `capacity` frames.
   * `int32_t sb_feed_open(sb_node *node, double rate_hz, uint32_t channels, const char *names, const char *unit, uint32_t capacity)`
   */
  sb_feed_open: { args: ["ptr", "f64", "u32", "ptr", "ptr", "u32"], returns: "i32" },
  /**
   * Appends frames x channels samples (channel fastest). Returns the frames taken, fewer when it is full.
   * `int32_t sb_feed_write(sb_node *node, const float *samples, uint32_t frames)`
   */
  sb_feed_write: { args: ["ptr", "ptr", "u32"], returns: "i32" },
  /**
   * An event at a frame, counted over all frames fed, not yet written. SB_FULL: later.
   * `int32_t sb_feed_event(sb_node *node, double frame, double duration_s, const char *label)`
   */
  sb_feed_event: { args: ["ptr", "f64", "f64", "ptr"], returns: "i32" },
  /**
   * `lost` frames are missing before that frame. SB_FULL: later.
   * `int32_t sb_feed_gap(sb_node *node, double frame, uint32_t lost)`
   */
  sb_feed_gap: { args: ["ptr", "f64", "u32"], returns: "i32" },
  /**
   * Nothing more will come.
   * `void sb_feed_end(sb_node *node)`
   */
  sb_feed_end: { args: ["ptr"], returns: "void" },
  /**
   * A tap on the node's output, with room for about `seconds` of it.
   * `sb_tap *sb_tap_create(const sb_node *upstream, double seconds)`
   */
  sb_tap_create: { args: ["ptr", "f64"], returns: "ptr" },
  /**
   * The tap's memory, for one ArrayBuffer of sb_tap_bytes bytes in which all offsets lie.
   * `void *sb_tap_memory(const sb_tap *tap)`
   */
  sb_tap_memory: { args: ["ptr"], returns: "ptr" },
  /** `double sb_tap_bytes(const sb_tap *tap)` */
  sb_tap_bytes: { args: ["ptr"], returns: "f64" },
  /**
   * Offset of the oldest packet (sb_packet, rows without padding), or -1 if there is none.
   * `double sb_tap_peek(const sb_tap *tap)`
   */
  sb_tap_peek: { args: ["ptr"], returns: "f64" },
  /**
   * Gives the oldest packet's room back.
   * `void sb_tap_release(sb_tap *tap)`
   */
  sb_tap_release: { args: ["ptr"], returns: "void" },
  /**
   * Frames the tap had no room for.
   * `double sb_tap_lost(const sb_tap *tap)`
   */
  sb_tap_lost: { args: ["ptr"], returns: "f64" },
  /**
   * The tap must not be in a plan that runs.
   * `void sb_tap_destroy(sb_tap *tap)`
   */
  sb_tap_destroy: { args: ["ptr"], returns: "void" },
  /**
   * A session on an activated source. speed 1: as fast as the signal was; 0: as fast as it goes. `lossless`: full rings
   * and taps make their writers wait, and times count from 0 (for files), instead of dropping packets (for devices).
   * `sb_session *sb_session_create(sb_node *source, uint32_t block_frames, double speed, uint32_t lossless)`
   */
  sb_session_create: { args: ["ptr", "u32", "f64", "u32"], returns: "ptr" },
  /**
   * The source ends after `frames` frames, unless it does so earlier. Before start.
   * `void sb_session_end_after(sb_session *session, double frames)`
   */
  sb_session_end_after: { args: ["ptr", "f64"], returns: "void" },
  /** `sb_plan *sb_plan_create(void)` */
  sb_plan_create: { args: [], returns: "ptr" },
  /**
   * Stages are added in an order in which each comes after its upstream. `group` names its thread, core -1 is any.
   * `int32_t sb_plan_add_node(sb_plan *plan, sb_node *node, sb_node *upstream, const char *group, int32_t core)`
   */
  sb_plan_add_node: { args: ["ptr", "ptr", "ptr", "ptr", "i32"], returns: "i32" },
  /** `int32_t sb_plan_add_tap(sb_plan *plan, sb_tap *tap, sb_node *upstream)` */
  sb_plan_add_tap: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  /**
   * `to` takes over the running state of `from` at the swap, if both can and it fits.
   * `int32_t sb_plan_add_heir(sb_plan *plan, sb_node *from, sb_node *to)`
   */
  sb_plan_add_heir: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  /**
   * A plan that was never swapped in.
   * `void sb_plan_destroy(sb_plan *plan)`
   */
  sb_plan_destroy: { args: ["ptr"], returns: "void" },
  /**
   * Puts the plan in the place of the running one between two packets: no frame is lost or repeated. SB_AGAIN if the
   * packets under way did not drain within timeout_us: drain taps and call again. Before start it takes effect at once.
   * `int32_t sb_session_swap(sb_session *session, sb_plan *plan, uint32_t timeout_us)`
   */
  sb_session_swap: { args: ["ptr", "ptr", "u32"], returns: "i32" },
  /** `int32_t sb_session_start(sb_session *session)` */
  sb_session_start: { args: ["ptr"], returns: "i32" },
  /**
   * Sets an event at the block that now begins. SB_FULL if too many are waiting.
   * `int32_t sb_session_mark(sb_session *session, const char *label, double duration_s)`
   */
  sb_session_mark: { args: ["ptr", "ptr", "f64"], returns: "i32" },
  /**
   * Waits until a tap has data, the source wants data, or the time is over.
   * `void sb_session_wait(sb_session *session, uint32_t timeout_us)`
   */
  sb_session_wait: { args: ["ptr", "u32"], returns: "void" },
  /**
   * 1: the source has ended and everything behind it is done. Costs next to nothing, so ask as often as you like.
   * `int32_t sb_session_has_ended(const sb_session *session)`
   */
  sb_session_has_ended: { args: ["ptr"], returns: "i32" },
  /**
   * Fills the counters of SB_SESSION_*.
   * `void sb_session_stats(const sb_session *session, double *out)`
   */
  sb_session_stats: { args: ["ptr", "ptr"], returns: "void" },
  /**
   * Fills the counters of SB_GROUP_* of group `index`; returns its name, or 0 behind the last.
   * `const char *sb_session_group_stats(const sb_session *session, uint32_t index, double *out)`
   */
  sb_session_group_stats: { args: ["ptr", "u32", "ptr"], returns: "cstring" },
  /**
   * Ends all threads; blocks under way are completed.
   * `void sb_session_stop(sb_session *session)`
   */
  sb_session_stop: { args: ["ptr"], returns: "void" },
  /**
   * Stops it if it runs. Nodes and taps stay with whoever created them.
   * `void sb_session_destroy(sb_session *session)`
   */
  sb_session_destroy: { args: ["ptr"], returns: "void" },
  /**
   * What `bytes` bytes cost without an engine: copied by a plain function, and sent through a pipe to another thread and
   * back. Fills SB_YARDSTICK_* with times of one round. Blocks for all of them.
   * `int32_t sb_yardstick_call(uint32_t bytes, uint32_t rounds, double *out)`
   */
  sb_yardstick_call: { args: ["u32", "u32", "ptr"], returns: "i32" },
  /** `int32_t sb_yardstick_pipe(uint32_t bytes, uint32_t rounds, double *out)` */
  sb_yardstick_pipe: { args: ["u32", "u32", "ptr"], returns: "i32" },
} as const;
/** frames are missing before this block: see lost_before */
export const SB_BLOCK_GAP = 1;
/** a stage missed its deadline for this block */
export const SB_BLOCK_LATE = 2;
/** the source's converter was at its rail */
export const SB_BLOCK_CLIPPED = 4;
/** a stage was passed over: its input stands here in place of its output */
export const SB_BLOCK_DRY = 8;
/** an artefact stage found this block unfit for analysis */
export const SB_BLOCK_ARTEFACT = 16;
/** UTF-8 with its closing zero; longer labels are cut at a character */
export const SB_EVENT_LABEL_BYTES = 56;
/** events one block can carry; the source holds the rest for the next */
export const SB_BLOCK_MAX_EVENTS = 64;
export const SB_PORT_NONE = 0;
export const SB_PORT_SIGNAL = 1;
export const SB_PORT_SPECTRUM = 2;
export const SB_PORT_FEATURES = 3;
export const SB_OK = 0;
/** a source has no more data */
export const SB_END = 1;
/** nothing yet: ask again later */
export const SB_AGAIN = 2;
/** an argument is out of its range, or arguments contradict each other */
export const SB_INVALID = -1;
/** a valid request that this stage or machine cannot serve */
export const SB_UNSUPPORTED = -2;
export const SB_NO_MEMORY = -3;
/** called in a state that the function's tag forbids */
export const SB_WRONG_STATE = -4;
export const SB_NOT_FOUND = -5;
export const SB_IO = -6;
export const SB_FULL = -7;
/** a library that must not be run here */
export const SB_REFUSED = -8;
/** a plugin's instance fell over, and is not there until it is made anew */
export const SB_CRASHED = -9;
/** an answer that was not there by its deadline */
export const SB_LATE = -10;
/** it says something */
export const SB_MAIN_TEXT = 1;
/** it is no more; the words say why */
export const SB_MAIN_GONE = 2;
/** process calls */
export const SB_NODE_BLOCKS = 0;
/** frames put out; of a sink: frames taken */
export const SB_NODE_FRAMES = 1;
/** process calls that failed */
export const SB_NODE_FAULTS = 2;
/** time of a process call; off line one in eight is timed, and the total is scaled up */
export const SB_NODE_P50_NS = 3;
export const SB_NODE_P99_NS = 4;
export const SB_NODE_MAX_NS = 5;
export const SB_NODE_TOTAL_NS = 6;
/** group delay that the stage adds to the signal */
export const SB_NODE_LATENCY_NS = 7;
/** answers of a plugin that were not there by their deadline */
export const SB_NODE_LATE = 8;
/** blocks for which the late policy stood in */
export const SB_NODE_SUBSTITUTED = 9;
/** blocks with numbers that are not finite, or of a shape that was not agreed */
export const SB_NODE_BAD_BLOCKS = 10;
export const SB_NODE_CRASHES = 11;
export const SB_NODE_RESTARTS = 12;
/** resident, of an instance in a process of its own */
export const SB_NODE_MEMORY_BYTES = 13;
/** that its processes have used */
export const SB_NODE_CPU_NS = 14;
export const SB_NODE_STATS = 15;
export const SB_SESSION_BLOCKS = 0;
export const SB_SESSION_FRAMES = 1;
/** by the source */
export const SB_SESSION_LOST_FRAMES = 2;
/** times the source had nothing yet */
export const SB_SESSION_WAITS = 3;
/** CLOCK_MONOTONIC of frame 0 */
export const SB_SESSION_START_NS = 4;
/** of the source's clock against CLOCK_MONOTONIC */
export const SB_SESSION_DRIFT_PPM = 5;
/** typical distance of arrivals from the fitted clock */
export const SB_SESSION_JITTER_NS = 6;
/** how late the source's thread woke */
export const SB_SESSION_P50_WAKE_NS = 7;
export const SB_SESSION_P99_WAKE_NS = 8;
export const SB_SESSION_MAX_WAKE_NS = 9;
/** 1: SCHED_FIFO was granted */
export const SB_SESSION_REALTIME = 10;
export const SB_SESSION_STATS = 11;
export const SB_GROUP_BLOCKS = 0;
/** blocks whose computation took longer than they last */
export const SB_GROUP_OVERRUNS = 1;
/** blocks that were not finished when the next one was there */
export const SB_GROUP_LATE = 2;
/** dropped because the group was behind */
export const SB_GROUP_LOST_FRAMES = 3;
/** length of a block */
export const SB_GROUP_DEADLINE_NS = 4;
/** time of a whole block */
export const SB_GROUP_P50_NS = 5;
export const SB_GROUP_P99_NS = 6;
export const SB_GROUP_MAX_NS = 7;
/** -1: any */
export const SB_GROUP_CORE = 8;
export const SB_GROUP_REALTIME = 9;
export const SB_GROUP_STATS = 10;
export const SB_YARDSTICK_P50_NS = 0;
export const SB_YARDSTICK_P99_NS = 1;
export const SB_YARDSTICK_STATS = 2;
export const sb_event = {
  bytes: 64,
  offsets: {
    /** relative to the block's first frame; negative: it belongs to an earlier block */
    frame: 0,
    /** 0 for an instant */
    duration_s: 4,
    label: 8,
  },
} as const;
export const sb_packet = {
  bytes: 104,
  offsets: {
    /** 0 SB_PACKET_MAGIC */
    magic: 0,
    /** 4 the whole packet */
    bytes: 4,
    /** 8 an sb_port */
    port: 8,
    /** 12 SB_BLOCK_* */
    flags: 12,
    /** 16 counts the packets of this connection from 0, those it lost included */
    sequence: 16,
    /** 24 index of the first frame since the port began */
    first_frame: 24,
    /** 32 device time of the first frame */
    time_ns: 32,
    /** 40 CLOCK_MONOTONIC when the source block it descends from was complete */
    ready_ns: 40,
    /** 48 frames per second; 0: irregular, see times */
    rate_hz: 48,
    /** 56 */
    frames: 56,
    /** 60 */
    channels: 60,
    /** 64 per channel and frame */
    values: 64,
    /** 68 floats from one row to the next */
    stride: 68,
    /** 72 frames missing just before this packet */
    lost_before: 72,
    /** 76 */
    event_count: 76,
    /** 80 sb_event[event_count] */
    events_offset: 80,
    /** 84 int64_t[frames], or 0 */
    times_offset: 84,
    /** 88 float[frames][stride] */
    data_offset: 88,
    /** 92 */
    reserved: 92,
    /** 96 number of the source block it descends from */
    block_sequence: 96,
  },
} as const;
