/* Index of the largest or smallest float32 element along one dimension, the first when they tie.
 *
 * input  float32 [outer, count, inner]
 * output int32   [outer, inner] */
#ifndef TD_ARG_MAX_F32_H
#define TD_ARG_MAX_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count;
  int32_t inner;
  float sign; /* 1 for the largest, -1 for the smallest */
} td_arg_max_f32_params;

void td_arg_max_f32(const td_arg_max_f32_params *p, const float *input, int32_t *output);

#ifdef __cplusplus
}
#endif
#endif
