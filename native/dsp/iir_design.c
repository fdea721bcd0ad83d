/* SPDX-License-Identifier: Apache-2.0
 *
 * T. W. Parks, C. S. Burrus, Digital Filter Design, chapter 7.
 */
#include "iir_design.h"

#include <math.h>

/* Poles on a circle, for Chebyshev on an ellipse with the given half axes. */
static void poles_on_ellipse(sb_iir_prototype *out, double real_axis, double imaginary_axis) {
  for (uint32_t k = 0; k < (out->order + 1) / 2; k++) {
    const double angle = M_PI * (2 * k + 1) / (2.0 * out->order);
    const bool real = 2 * k + 1 == out->order;
    out->poles[k] = -real_axis * sin(angle) + (real ? 0 : I * imaginary_axis * cos(angle));
  }
}

/* Roots of the reverse Bessel polynomial, theta_n = (2n - 1) theta_(n-1) + s^2 theta_(n-2), all at once by Aberth's
 * method (Math. Comp. 27, 1973). The phase is normalised: high frequencies see the same asymptote as Butterworth's. */
static void bessel_poles(sb_iir_prototype *out) {
  const uint32_t n = out->order;
  double complex roots[SB_IIR_MAX_ORDER];
  for (uint32_t i = 0; i < n; i++) roots[i] = 0.8 * n * cexp(I * (2 * M_PI * i / n + 0.4));
  double largest_step = 1;
  for (int round = 0; round < 100 && largest_step > 1e-15; round++) {
    largest_step = 0;
    for (uint32_t i = 0; i < n; i++) {
      const double complex s = roots[i];
      double complex before = 1, theta = s + 1;
      for (uint32_t k = 2; k <= n; k++) {
        const double complex next = (2.0 * k - 1) * theta + s * s * before;
        before = theta;
        theta = next;
      }
      const double complex newton = theta / (theta - s * before); /* theta_n' = theta_n - s theta_(n-1) */
      double complex repulsion = 0;
      for (uint32_t j = 0; j < n; j++)
        if (j != i) repulsion += 1 / (s - roots[j]);
      const double complex step = newton / (1 - newton * repulsion);
      roots[i] -= step;
      largest_step = fmax(largest_step, cabs(step) / cabs(s));
    }
  }

  double log_last = 0; /* of theta_n(0) = 1 * 3 * 5 ... (2n - 1) */
  for (uint32_t k = 1; k <= n; k++) log_last += log(2.0 * k - 1);
  const double scale = exp(-log_last / n);
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) {
    const bool real = fabs(cimag(roots[i])) < 1e-6 * cabs(roots[i]);
    if (real) out->poles[n / 2] = creal(roots[i]) * scale;
    else if (cimag(roots[i]) > 0 && count < n / 2) out->poles[count++] = roots[i] * scale;
  }
}

void sb_iir_prototype_fill(sb_iir_prototype *out, sb_iir_family family, uint32_t order, double ripple_db) {
  *out = (sb_iir_prototype){.order = order, .gain = 1};
  if (family == SB_IIR_BESSEL) {
    bessel_poles(out);
  } else if (family == SB_IIR_CHEBYSHEV) {
    const double mu = asinh(1 / sqrt(expm1(ripple_db * M_LN10 / 10))) / order;
    poles_on_ellipse(out, sinh(mu), cosh(mu));
    if (order % 2 == 0) out->gain = pow(10, -ripple_db / 20);
  } else {
    poles_on_ellipse(out, 1, 1);
  }
}

uint32_t sb_iir_sections(sb_iir_kind kind, uint32_t order) { return kind >= SB_IIR_BANDPASS ? order : (order + 1) / 2; }

/* A section with the analogue poles p and q, conjugates or both real: z = (1 + s) / (1 - s). */
static sb_biquad section(double b1, double b2, double complex p, double complex q) {
  const double complex zp = (1 + p) / (1 - p), zq = (1 + q) / (1 - q);
  return (sb_biquad){1, b1, b2, -creal(zp + zq), creal(zp * zq)};
}

static sb_biquad first_order_section(double b1, double pole) {
  return (sb_biquad){1, b1, 0, -(1 + pole) / (1 - pole), 0};
}

/* Makes the gain at the point z of the unit circle `wanted`. */
static void normalise(sb_biquad *s, double complex z, double wanted) {
  const double factor = wanted * cabs((z * z + s->a1 * z + s->a2) / (s->b0 * z * z + s->b1 * z + s->b2));
  s->b0 *= factor, s->b1 *= factor, s->b2 *= factor;
}

bool sb_iir_design(sb_cascade *out, const sb_iir_prototype *prototype, sb_iir_kind kind, double low_hz, double high_hz,
                   double rate_hz) {
  const bool band = kind >= SB_IIR_BANDPASS, inverse = kind == SB_IIR_HIGHPASS || kind == SB_IIR_BANDSTOP;
  if (!(low_hz > 0 && low_hz < rate_hz / 2) || (band && !(high_hz > low_hz && high_hz < rate_hz / 2))) return false;
  const double low = tan(M_PI * low_hz / rate_hz);
  const double high = band ? tan(M_PI * high_hz / rate_hz) : 0;
  const double center2 = low * high;
  const double cos_center = (1 - center2) / (1 + center2);
  const double b1 = kind == SB_IIR_LOWPASS ? 2 : kind == SB_IIR_HIGHPASS ? -2 : kind == SB_IIR_BANDPASS ? 0 : -2 * cos_center;
  const double b2 = kind == SB_IIR_BANDPASS ? -1 : 1;

  out->count = 0;
  for (uint32_t k = 0; k < (prototype->order + 1) / 2; k++) {
    const double complex pole = prototype->poles[k];
    const bool real = 2 * k + 1 == prototype->order;
    const double complex unit = inverse ? 1 / pole : pole;
    if (!band) {
      const double complex p = low * unit;
      out->sections[out->count++] = real ? first_order_section(b1 / 2, creal(p)) : section(b1, b2, p, conj(p));
      continue;
    }
    /* Low pass to band pass, s -> (s^2 + center^2) / (width s), and its inverse: two poles for one. */
    const double complex half = (high - low) * unit / 2, root = csqrt(half * half - center2);
    const double complex p = half + root, q = half - root;
    if (real) {
      out->sections[out->count++] = section(b1, b2, p, q);
    } else {
      out->sections[out->count++] = section(b1, b2, p, conj(p));
      out->sections[out->count++] = section(b1, b2, q, conj(q));
    }
  }
  const double complex center = cos_center + I * sqrt(1 - cos_center * cos_center);
  const double complex z = kind == SB_IIR_HIGHPASS ? -1 : kind == SB_IIR_BANDPASS ? center : 1;
  for (uint32_t i = 0; i < out->count; i++) normalise(&out->sections[i], z, i == 0 ? prototype->gain : 1);
  return sb_cascade_stable(out);
}

/* S. J. Orfanidis, Introduction to Signal Processing, 11.3.2. */
bool sb_iir_notch(sb_biquad *out, double freq_hz, double q, double rate_hz) {
  if (!(freq_hz > 0 && freq_hz < rate_hz / 2)) return false;
  const double center = 2 * M_PI * freq_hz / rate_hz;
  const double gain = 1 / (1 + tan(center / q / 2)), middle = -2 * gain * cos(center);
  *out = (sb_biquad){gain, middle, gain, middle, 2 * gain - 1};
  return true;
}
