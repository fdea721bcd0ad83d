/* SPDX-License-Identifier: Apache-2.0
 *
 * A sum of Gaussians, one a wave (McSharry et al. 2003, "A dynamical model for generating synthetic electrocardiogram
 * signals", IEEE Trans. Biomed. Eng. 50), in time rather than in phase.
 */
#include "heartbeat.h"

#include <math.h>

double sb_heartbeat(double after_r_s, double interval_s) {
  static const struct {
    double at_s, width_s, height;
    int stretches; /* with the interval */
  } waves[] = {
      {-0.20, 0.025, 0.12, 1}, {-0.025, 0.010, -0.12, 0}, {0, 0.011, 1.02, 0}, {0.027, 0.010, -0.22, 0}, {0.28, 0.045, 0.30, 1},
  };
  const double stretch = sqrt(fmin(interval_s, 1.0));
  double sum = 0;
  for (unsigned i = 0; i < sizeof waves / sizeof *waves; i++) {
    const double scale = waves[i].stretches ? stretch : 1;
    const double z = (after_r_s - waves[i].at_s * scale) / (waves[i].width_s * scale);
    if (fabs(z) < 6) sum += waves[i].height * exp(-0.5 * z * z);
  }
  return sum;
}
