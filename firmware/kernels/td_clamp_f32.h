/* Each float32 element, but none below `low` or above `high`; NaN stays.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_CLAMP_F32_H
#define TD_CLAMP_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  float low;
  float high;
} td_clamp_f32_params;

void td_clamp_f32(const td_clamp_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
