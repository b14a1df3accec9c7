/* The nearest integer to each float32 element, ties to the even one.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_ROUND_F32_H
#define TD_ROUND_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_round_f32_params;

void td_round_f32(const td_round_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
