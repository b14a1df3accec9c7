/* x times x + 3 clamped to [0, 6], over 6, of each float32 element.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_HARD_SWISH_F32_H
#define TD_HARD_SWISH_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_hard_swish_f32_params;

void td_hard_swish_f32(const td_hard_swish_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
