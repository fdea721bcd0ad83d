/* SPDX-License-Identifier: Apache-2.0 */
#include "iir_design.h"

#include "check.h"
#include "iir_scipy.h"

static double complex response(const sb_cascade *cascade, double freq_hz, double rate_hz) {
  const double complex z = cexp(I * 2 * M_PI * freq_hz / rate_hz);
  double complex product = 1;
  for (uint32_t i = 0; i < cascade->count; i++) {
    const sb_biquad *s = &cascade->sections[i];
    product *= (s->b0 * z * z + s->b1 * z + s->b2) / (z * z + s->a1 * z + s->a2);
  }
  return product;
}

static void check_response(const sb_cascade *cascade, const double *golden, double tolerance) {
  for (int i = 0; i < GOLDEN_FREQUENCIES; i++) {
    const double complex got = response(cascade, golden_frequencies_hz[i], golden_rate_hz);
    CHECK_NEAR(creal(got), golden[2 * i], tolerance);
    CHECK_NEAR(cimag(got), golden[2 * i + 1], tolerance);
  }
}

TEST(iir_design_has_the_frequency_response_of_scipy) {
  for (size_t i = 0; i < sizeof golden_iirs / sizeof *golden_iirs; i++) {
    const golden_iir *g = &golden_iirs[i];
    sb_iir_prototype prototype;
    sb_cascade cascade;
    sb_iir_prototype_fill(&prototype, (sb_iir_family)g->family, (uint32_t)g->order, g->ripple_db);
    CHECK(sb_iir_design(&cascade, &prototype, (sb_iir_kind)g->kind, g->low_hz, g->high_hz, golden_rate_hz));
    CHECK_EQUAL(cascade.count, sb_iir_sections((sb_iir_kind)g->kind, (uint32_t)g->order));
    check_response(&cascade, g->response, 1e-9);
  }
}

TEST(iir_notch_has_the_frequency_response_of_scipy) {
  for (size_t i = 0; i < sizeof golden_notches / sizeof *golden_notches; i++) {
    sb_cascade cascade = {.count = 1};
    CHECK(sb_iir_notch(&cascade.sections[0], golden_notches[i].freq_hz, golden_notches[i].q, golden_rate_hz));
    check_response(&cascade, golden_notches[i].response, 1e-11);
  }
}

TEST(iir_bessel_poles_are_stable_up_to_the_highest_order) {
  for (uint32_t order = 1; order <= SB_IIR_MAX_ORDER; order++) {
    sb_iir_prototype prototype;
    sb_iir_prototype_fill(&prototype, SB_IIR_BESSEL, order, 0);
    double product = 1; /* of all poles: the phase norm makes it 1 */
    for (uint32_t k = 0; k < (order + 1) / 2; k++) {
      CHECK(creal(prototype.poles[k]) < 0);
      product *= pow(cabs(prototype.poles[k]), 2 * k + 1 == order ? 1 : 2);
    }
    CHECK_NEAR(product, 1, 1e-8);
  }
}

TEST(iir_design_refuses_edges_that_do_not_fit) {
  sb_iir_prototype prototype;
  sb_cascade cascade;
  sb_biquad notch;
  sb_iir_prototype_fill(&prototype, SB_IIR_BUTTERWORTH, 4, 0);
  CHECK(!sb_iir_design(&cascade, &prototype, SB_IIR_LOWPASS, 125, 0, 250));
  CHECK(!sb_iir_design(&cascade, &prototype, SB_IIR_HIGHPASS, 0, 0, 250));
  CHECK(!sb_iir_design(&cascade, &prototype, SB_IIR_HIGHPASS, NAN, 0, 250));
  CHECK(!sb_iir_design(&cascade, &prototype, SB_IIR_BANDPASS, 40, 1, 250));
  CHECK(!sb_iir_design(&cascade, &prototype, SB_IIR_BANDSTOP, 40, 40, 250));
  CHECK(!sb_iir_notch(&notch, 125, 30, 250));
}
