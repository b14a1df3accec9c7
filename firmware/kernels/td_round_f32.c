#include "td_round_f32.h"

#include <math.h>

/* As TensorFlow Lite: a zero it makes is positive. */
static float rounded(float x) {
  const float below = floorf(x);
  const float rest = x - below;
  const float half = below * 0.5f;
  const int even = floorf(half) == half;
  return rest < 0.5f || (rest == 0.5f && even) ? below : below + 1.0f;
}

void td_round_f32(const td_round_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float x = input[i];
    output[i] = rounded(x);
  }
}
