#include "td_quantize_f32_s16.h"

#include "td_fixedpoint.h"

/* Steps from the zero point that certainly saturate. */
#define FAR 131072

static int32_t round_half_away(float x) {
  const int32_t whole = (int32_t)x;
  const float rest = x - (float)whole;
  return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

void td_quantize_f32_s16(const td_quantize_f32_s16_params *p, const float *input, int16_t *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float steps = input[i] / p->scale;
    int32_t rounded = -FAR;
    if (steps >= (float)FAR) {
      rounded = FAR;
    } else if (steps > (float)-FAR) {
      rounded = round_half_away(steps);
    }
    output[i] = (int16_t)td_clamp(rounded + p->output_offset, INT16_MIN, INT16_MAX);
  }
}
