/* SPDX-License-Identifier: Apache-2.0
 *
 * What the stages have in common that look at a signal window by window (psd, fft, band_power, spectral_peak): their
 * parameters, Welch's estimate over blocks of any length, time and events. One output frame a hop; its time is that of the
 * window's last frame. Such a stage's struct begins with a `spectra`; `destroy` is free.
 */
#ifndef STAGEBOX_STAGES_SPECTRA_H
#define STAGEBOX_STAGES_SPECTRA_H

#include <stagebox/stagebox.h>
#include <welch.h>

#include "event_hold.h"

#define SPECTRA_WINDOW_S                                                                                                   \
  {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.01, .maximum = 300, .fallback = "2",                \
   .description = "Length of a window; rounded to the nearest even number of frames with no prime factor above 7."}
#define SPECTRA_OVERLAP                                                                                                    \
  {.id = "overlap", .kind = SB_PARAM_NUMBER, .minimum = 0, .maximum = 0.95, .fallback = "0.5",                              \
   .description = "Part of a window that it shares with the one before."}
#define SPECTRA_AVERAGES                                                                                                   \
  {.id = "averages", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = SB_WELCH_MAX_AVERAGES, .fallback = "1",             \
   .description = "Windows that are averaged, the newest included; fewer at the start."}
#define SPECTRA_WINDOW                                                                                                     \
  {.id = "window", .kind = SB_PARAM_CHOICE, .choices = sb_window_names, .fallback = "hann", .description = "Window function."}
#define SPECTRA_DETREND                                                                                                    \
  {.id = "detrend", .kind = SB_PARAM_BOOLEAN, .fallback = "true", .description = "Take the mean of each window away first."}

typedef struct spectra spectra;

struct spectra {
  /* Set by create; `row` writes one output row from an estimate of [bins, stride]. [rt] */
  void (*row)(const spectra *self, const float *spectrum, uint32_t stride, float *row);
  double window_s;
  uint32_t size; /* frames; 0: from window_s */
  double overlap;
  uint32_t averages;
  sb_window window;
  bool detrend;
  sb_welch_scaling scaling;
  /* Set by spectra_activate. */
  sb_welch *welch;
  uint32_t channels, hop, bins;
  double bin_hz;
  sb_event_hold events;
};

/* Sizes the estimate for a signal, and sets rate and max_frames of the output. [control & !active] */
sb_status spectra_activate(spectra *self, const sb_host *host, const sb_format *in, sb_format *out);

/* Entries of sb_stage_class; process calls `row` for each window that a block completes. */
sb_status spectra_process(void *self, const sb_block *in, sb_block *out);
void spectra_deactivate(void *self);

/* A `row`: the estimate as a row of a spectrum, [bins, channels] without the padding between. [rt] */
void spectra_pack(const spectra *self, const float *spectrum, uint32_t stride, float *row);

/* Fails unless 0 <= low_hz < high_hz <= half the rate, in words that begin with `name`. [control] */
sb_status spectra_check_band(const sb_host *host, const char *name, double low_hz, double high_hz, double rate_hz);

#endif
