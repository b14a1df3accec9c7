/* Running sums along one axis of a float32 tensor.
 *
 * input, output float32 [outer, count, inner] */
#ifndef TD_CUMSUM_F32_H
#define TD_CUMSUM_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count; /* along the axis */
  int32_t inner;
  int8_t exclusive; /* each sum is of the elements before */
  int8_t reverse;   /* from the last element on */
} td_cumsum_f32_params;

void td_cumsum_f32(const td_cumsum_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
